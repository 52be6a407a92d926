/** Rules for changing a working order: only what differs is sent, and it must make sense. */
import Big from "big.js";

import { parseDecimal, toPlain } from "@/lib/decimal";
import type { ModifyOrder, Order } from "@/types/models";

import { hoursObstacle, PRICE_TERMS, type PriceTerm, termsOf } from "./terms";
import { goodTillDate, goodTillError, quantityError, termError, withoutGaps } from "./ticket";

export type ModificationDraft = Record<PriceTerm | "quantity", string> & { good_till_date: string; outside_rth: boolean };

export type ModificationErrors = Partial<Record<keyof ModificationDraft, string>>;

export function draftOf(order: Order): ModificationDraft {
  const terms = Object.fromEntries(PRICE_TERMS.map((term) => [term, order[term] ?? ""])) as Record<PriceTerm, string>;
  return { quantity: order.quantity, ...terms, good_till_date: order.good_till_date?.replace("Z", "") ?? "", outside_rth: order.outside_rth };
}

/** What of this order can be changed: the terms it has, and where its stop stands. */
export function changeableTerms(order: Order): PriceTerm[] {
  return termsOf(order.order_type).filter((term) => order[term] !== null || !term.startsWith("trailing"));
}

export function validateModification(draft: ModificationDraft, order: Order, minTick: string | undefined, now = new Date()): ModificationErrors {
  const terms = changeableTerms(order).map((term): [PriceTerm, string | undefined] => [term, changedTermError(term, draft, order, minTick)]);
  const errors: ModificationErrors = {
    quantity: quantityError(draft.quantity) ?? belowFilled(draft.quantity, order),
    ...Object.fromEntries(terms),
    good_till_date: isNewDate(draft, order) ? goodTillError(draft.good_till_date, now) : undefined,
    outside_rth: draft.outside_rth ? hoursObstacle(order.order_type) : undefined,
  };
  return withoutGaps(errors);
}

/** What an order has cannot be taken away by a change; what IB has moved itself need not be on our tick. */
function changedTermError(term: PriceTerm, draft: ModificationDraft, order: Order, minTick: string | undefined): string | undefined {
  if (draft[term] === (order[term] ?? "")) return undefined;
  if (draft[term].trim() === "") return "Enter a price";
  return termError(term, draft[term], order.order_type, minTick);
}

const isNewDate = (draft: ModificationDraft, order: Order): boolean =>
  order.time_in_force === "GTD" && draft.good_till_date !== (order.good_till_date?.replace("Z", "") ?? "");

function belowFilled(text: string, order: Order): string | undefined {
  const filled = parseDecimal(order.filled_quantity) ?? new Big(0);
  const isBelow = parseDecimal(text)?.lte(filled) ?? false;
  return filled.gt(0) && isBelow ? `Must be more than the ${toPlain(filled)} already filled` : undefined;
}

/** The values that differ from the order's own, as the API wants them; null when nothing differs. */
export function changesOf(draft: ModificationDraft, order: Order): ModifyOrder | null {
  const changes: ModifyOrder = {};
  for (const field of ["quantity", ...changeableTerms(order)] as const) {
    const wanted = parseDecimal(draft[field]);
    const current = parseDecimal(order[field]);
    if (wanted !== null && (current === null || !wanted.eq(current))) changes[field] = toPlain(wanted);
  }
  if (isNewDate(draft, order)) changes.good_till_date = goodTillDate(draft.good_till_date) ?? undefined;
  if (draft.outside_rth !== order.outside_rth) changes.outside_rth = draft.outside_rth;
  return Object.keys(changes).length === 0 ? null : changes;
}
