/** The trade log in plain words: one sentence for each kind of fact. */
import type { Tone } from "@/components/ui/pill";
import { formatPrice, formatQuantity } from "@/lib/format";
import type { OrderEvent } from "@/types/models";

interface Sentence {
  title: string;
  tone: Tone;
}

const SENTENCES: Record<string, Sentence> = {
  order_submitted: { title: "Order placed", tone: "info" },
  external_order_seen: { title: "Seen at IB, placed elsewhere", tone: "info" },
  send_reserved: { title: "About to be sent to IB", tone: "neutral" },
  send_expired: { title: "Not sent: its time ran out", tone: "down" },
  outcome_unknown: { title: "IB has not confirmed", tone: "warn" },
  order_pending_at_ib: { title: "Received by IB, not working yet", tone: "neutral" },
  order_accepted: { title: "Accepted by IB", tone: "info" },
  order_found_open: { title: "Found open at IB", tone: "info" },
  order_held: { title: "Held by IB", tone: "warn" },
  ib_status_reported: { title: "Status reported by IB", tone: "neutral" },
  order_filled: { title: "Filled", tone: "up" },
  fill_busted: { title: "A fill was taken back", tone: "down" },
  order_cancelled: { title: "Cancelled", tone: "neutral" },
  order_rejected: { title: "Rejected by IB", tone: "down" },
  order_expired: { title: "Expired", tone: "neutral" },
  cancel_requested: { title: "Cancel requested", tone: "warn" },
  cancel_rejected: { title: "Cancel refused", tone: "down" },
  modify_requested: { title: "Change requested", tone: "warn" },
  terms_confirmed: { title: "Terms confirmed by IB", tone: "info" },
  modify_rejected: { title: "Change refused", tone: "down" },
};

function textOf(value: unknown): string | null {
  return typeof value === "string" || typeof value === "number" ? String(value) : null;
}

/** "order_filled" and its numbers become "Filled 100 at 228.52". Unknown kinds keep their name, made readable. */
export function sentenceOf(event: Pick<OrderEvent, "type" | "data">): Sentence {
  const known = SENTENCES[event.type];
  if (known === undefined) return { title: event.type.replaceAll("_", " ").replace(/^./, (first) => first.toUpperCase()), tone: "neutral" };
  const [quantity, price] = [textOf(event.data.quantity), textOf(event.data.price)];
  if (event.type !== "order_filled" || quantity === null || price === null) return known;
  return { ...known, title: `Filled ${formatQuantity(quantity)} at ${formatPrice(price)}` };
}

const FACT_WORDS: Record<string, string> = {
  quantity: "quantity", limit_price: "limit", stop_price: "stop", trailing_amount: "trails", trailing_percent: "trails %",
  limit_offset: "limit offset", offset_amount: "offset", good_till_date: "good till", ib_order_id: "IB order id", ib_client_id: "IB client", ib_status: "status",
};
const SHOWN_IN_TITLE = new Set(["quantity", "price", "exec_root", "exec_id", "revision"]);

/** The rest of an event's facts in one line, or an empty string. */
export function factsOf(event: Pick<OrderEvent, "type" | "data">): string {
  const reason = [textOf(event.data.code), textOf(event.data.reason)].filter(Boolean).join(": ");
  const facts = Object.entries(FACT_WORDS)
    .filter(([field]) => event.type !== "order_filled" || !SHOWN_IN_TITLE.has(field))
    .map(([field, words]) => [words, textOf(event.data[field])])
    .filter(([, value]) => value !== null)
    .map(([words, value]) => `${words} ${value}`);
  return [reason, ...facts].filter(Boolean).join(" · ");
}

/** IB's own words as readable text: what kind of message it was, and all that it carried. */
export function rawWords(message: OrderEvent["ib_message"]): string | null {
  return message && `${message.kind} ${JSON.stringify(message.payload, null, 2)}`;
}
