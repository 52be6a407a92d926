/** Rules for changing a working order: only what differs is sent, and it must make sense. */
import Big from "big.js";

import { parseDecimal, toPlain } from "@/lib/decimal";
import type { ModifyOrder, Order } from "@/types/models";

import { priceError, quantityError, wantsLimit, wantsStop, withoutGaps } from "./ticket";

export interface ModificationDraft {
  quantity: string;
  limit_price: string;
  stop_price: string;
}

export type ModificationErrors = Partial<Record<keyof ModificationDraft, string>>;

export function draftOf(order: Order): ModificationDraft {
  return { quantity: order.quantity, limit_price: order.limit_price ?? "", stop_price: order.stop_price ?? "" };
}

export function validateModification(draft: ModificationDraft, order: Order, minTick: string | undefined): ModificationErrors {
  const errors: ModificationErrors = {
    quantity: quantityError(draft.quantity) ?? belowFilled(draft.quantity, order),
    limit_price: wantsLimit(order.order_type) ? priceError(draft.limit_price, minTick) : undefined,
    stop_price: wantsStop(order.order_type) ? priceError(draft.stop_price, minTick) : undefined,
  };
  return withoutGaps(errors);
}

function belowFilled(text: string, order: Order): string | undefined {
  const filled = parseDecimal(order.filled_quantity) ?? new Big(0);
  const isBelow = parseDecimal(text)?.lte(filled) ?? false;
  return filled.gt(0) && isBelow ? `Must be more than the ${toPlain(filled)} already filled` : undefined;
}

/** The values that differ from the order's own, as the API wants them; null when nothing differs. */
export function changesOf(draft: ModificationDraft, order: Order): ModifyOrder | null {
  const changes: ModifyOrder = {};
  for (const field of ["quantity", "limit_price", "stop_price"] as const) {
    const wanted = parseDecimal(draft[field]);
    const current = parseDecimal(order[field]);
    if (wanted !== null && current !== null && !wanted.eq(current)) changes[field] = toPlain(wanted);
  }
  return Object.keys(changes).length === 0 ? null : changes;
}
