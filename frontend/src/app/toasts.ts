/** Short messages that come and go: fills, refusals, failures. */
import { notifications } from "@mantine/notifications";

import { describeError } from "@/lib/api-error";
import { formatPrice, formatQuantity } from "@/lib/format";
import type { Fill, Order } from "@/types/models";

const SHORT_MS = 6_000;
const LONG_MS = 15_000;

/** Id makes it one message however often the stream repeats it. */
function show(id: string, title: string, message: string, color: string, autoClose = SHORT_MS): void {
  notifications.show({ id, title, message, color, autoClose, withBorder: true, closeButtonProps: { "aria-label": "Dismiss" } });
}

export function toastFill(fill: Fill): void {
  const verb = fill.side === "BUY" ? "Bought" : "Sold";
  show(`fill-${fill.exec_id}`, `${verb} ${formatQuantity(fill.quantity)} ${fill.symbol}`, `at ${formatPrice(fill.price)}`, fill.side === "BUY" ? "teal" : "red");
}

export function toastRejected(order: Order): void {
  const what = `${order.side === "BUY" ? "Buy" : "Sell"} ${formatQuantity(order.quantity)} ${order.symbol}`;
  show(`rejected-${order.id}`, `${what} rejected`, order.reject_reason ?? "IB gave no reason.", "red", LONG_MS);
}

export function toastUnknown(order: Order): void {
  const what = `${order.side === "BUY" ? "Buy" : "Sell"} ${formatQuantity(order.quantity)} ${order.symbol}`;
  show(`unknown-${order.id}`, `${what}: IB has not confirmed`, "It may or may not be at IB. Do not place it again.", "yellow", LONG_MS);
}

export function toastFailure(title: string, error: unknown): void {
  show(`failure-${title}`, title, describeError(error), "red", LONG_MS);
}
