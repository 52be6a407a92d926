/** Rules of the order ticket. Pure: the server checks everything again, this is to help before it is asked. */
import Big from "big.js";

import { isOnTick, parseDecimal, toPlain } from "@/lib/decimal";
import { formatQuantity } from "@/lib/format";
import type { Instrument, Order, OrderType, PlaceOrder, Quote, Side, TimeInForce } from "@/types/models";

import { hoursObstacle, lifetimesOf, needs, PRICE_TERMS, type PriceTerm, termsOf } from "./terms";

export interface TicketDraft {
  side: Side;
  quantity: string;
  orderType: OrderType;
  limitPrice: string;
  stopPrice: string;
  trailingAmount: string;
  trailingPercent: string;
  limitOffset: string;
  offsetAmount: string;
  timeInForce: TimeInForce;
  /** UTC, as the browser's field for a date and time spells it: "2026-12-31T21:00". */
  goodTill: string;
  outsideRth: boolean;
}

export type DraftTerm = "limitPrice" | "stopPrice" | "trailingAmount" | "trailingPercent" | "limitOffset" | "offsetAmount";
export const DRAFT_OF: Record<PriceTerm, DraftTerm> = {
  stop_price: "stopPrice", limit_price: "limitPrice", trailing_amount: "trailingAmount", trailing_percent: "trailingPercent",
  limit_offset: "limitOffset", offset_amount: "offsetAmount",
};

export type TicketField = "symbol" | "quantity" | PriceTerm | "time_in_force" | "good_till_date" | "outside_rth";
export type TicketErrors = Partial<Record<TicketField, string>>;

export const TICKET_FIELDS: readonly TicketField[] = [
  "symbol", "quantity", ...PRICE_TERMS, "time_in_force", "good_till_date", "outside_rth",
];

export const EMPTY_DRAFT: TicketDraft = {
  side: "BUY",
  quantity: "100",
  orderType: "MKT",
  limitPrice: "",
  stopPrice: "",
  trailingAmount: "",
  trailingPercent: "",
  limitOffset: "",
  offsetAmount: "",
  timeInForce: "DAY",
  goodTill: "",
  outsideRth: false,
};

/** More than any honest order; the server's own limits are tighter. */
const MOST = new Big("1e9");

export function quantityError(text: string): string | undefined {
  const quantity = parseDecimal(text);
  if (quantity === null) return text.trim() === "" ? "Enter a quantity" : "Enter a number, such as 100";
  if (quantity.lte(0)) return "Must be greater than zero";
  if (!quantity.round(0).eq(quantity)) return "Must be a whole number: IB takes no fractional orders by API";
  return quantity.gt(MOST) ? "That is more than any order can be" : undefined;
}

export function priceError(text: string, minTick: string | undefined): string | undefined {
  const price = parseDecimal(text);
  if (price === null) return text.trim() === "" ? "Enter a price" : "Enter a price, such as 228.50";
  if (price.lte(0)) return "Must be greater than zero";
  if (price.gt(MOST)) return "That is more than any price can be";
  return isOnTick(price, minTick) ? undefined : `Must be a multiple of the tick ${formatQuantity(minTick)}`;
}

/** What is wrong with one term of an order of this type; `other` is the trail that the order has instead, if any. */
export function termError(term: PriceTerm, text: string, type: string, minTick: string | undefined, other = ""): string | undefined {
  const isEmpty = text.trim() === "";
  if (term === "trailing_amount" || term === "trailing_percent") {
    if (isEmpty) return other.trim() === "" && term === "trailing_amount" ? "Enter an amount or a percentage" : undefined;
    if (other.trim() !== "") return "Only one of amount and percentage can be given";
    if (term === "trailing_percent") return percentError(text);
  }
  if (isEmpty && !needs(type, term)) return undefined;
  if (term === "limit_offset" && parseDecimal(text)?.eq(0)) return undefined;
  return priceError(text, minTick);
}

function percentError(text: string): string | undefined {
  const percent = parseDecimal(text);
  if (percent === null) return "Enter a percentage, such as 2.5";
  return percent.gt(0) && percent.lt(100) ? undefined : "Must be above 0 and below 100";
}

/** The field's text as the moment the API wants, null when it is none. */
export function goodTillDate(text: string): string | null {
  const moment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(text) ? new Date(`${text}Z`) : null;
  return moment === null || Number.isNaN(moment.getTime()) ? null : moment.toISOString().replace(".000Z", "Z");
}

export function goodTillError(text: string, now: Date): string | undefined {
  const moment = goodTillDate(text);
  if (moment === null) return "Enter a date and time (UTC)";
  return new Date(moment) > now ? undefined : "Must be in the future";
}

function lifetimeError(draft: TicketDraft): string | undefined {
  if (lifetimesOf(draft.orderType).includes(draft.timeInForce)) return undefined;
  const waits = (draft.timeInForce === "IOC" || draft.timeInForce === "FOK") && needs(draft.orderType, "stop_price");
  return waits ? `${draft.timeInForce} makes no sense for an order that waits for its trigger` : `Does not go with ${draft.orderType} orders`;
}

const otherTrail = (term: PriceTerm, draft: TicketDraft): string =>
  term === "trailing_amount" ? draft.trailingPercent : term === "trailing_percent" ? draft.trailingAmount : "";

/** Only the fields that have a message, so that "no keys" means "no errors". */
export function withoutGaps<Errors extends object>(errors: Errors): Errors {
  const entries: [string, unknown][] = Object.entries(errors);
  return Object.fromEntries(entries.filter(([, message]) => message !== undefined)) as Errors;
}

/** What is wrong with a draft, by field; an empty object means that it can be reviewed. */
export function validateTicket(draft: TicketDraft, instrument: Instrument | null, now = new Date()): TicketErrors {
  const terms = termsOf(draft.orderType).map((term): [PriceTerm, string | undefined] => [
    term, termError(term, draft[DRAFT_OF[term]], draft.orderType, instrument?.min_tick, otherTrail(term, draft)),
  ]);
  const errors: TicketErrors = {
    symbol: instrument === null ? "Choose an instrument" : instrument.is_tradable ? undefined : `${instrument.symbol} cannot be traded`,
    quantity: quantityError(draft.quantity),
    ...Object.fromEntries(terms),
    time_in_force: lifetimeError(draft),
    good_till_date: draft.timeInForce === "GTD" ? goodTillError(draft.goodTill, now) : undefined,
    outside_rth: draft.outsideRth ? hoursObstacle(draft.orderType) : undefined,
  };
  return withoutGaps(errors);
}

const plain = (text: string): string => toPlain(parseDecimal(text) ?? new Big(0));

/** The request for a valid draft. */
export function toPlaceOrder(draft: TicketDraft, instrument: Instrument, account: string, clientOrderId: string): PlaceOrder {
  return {
    account,
    con_id: instrument.con_id,
    symbol: instrument.symbol,
    side: draft.side,
    quantity: plain(draft.quantity),
    order_type: draft.orderType,
    ...Object.fromEntries(
      termsOf(draft.orderType)
        .filter((term) => draft[DRAFT_OF[term]].trim() !== "")
        .map((term) => [term, plain(draft[DRAFT_OF[term]])]),
    ),
    time_in_force: draft.timeInForce,
    ...(draft.timeInForce === "GTD" && { good_till_date: goodTillDate(draft.goodTill) ?? undefined }),
    outside_rth: draft.outsideRth,
    client_order_id: clientOrderId,
  };
}

/** The draft that an order was made from, to reckon with it again. */
export function draftOfOrder(order: PlaceOrder): TicketDraft {
  return {
    side: order.side,
    quantity: order.quantity,
    orderType: order.order_type,
    limitPrice: order.limit_price ?? "",
    stopPrice: order.stop_price ?? "",
    trailingAmount: order.trailing_amount ?? "",
    trailingPercent: order.trailing_percent ?? "",
    limitOffset: order.limit_offset ?? "",
    offsetAmount: order.offset_amount ?? "",
    timeInForce: order.time_in_force ?? "DAY",
    goodTill: order.good_till_date?.replace("Z", "") ?? "",
    outsideRth: order.outside_rth ?? false,
  };
}

export interface Notional {
  amount: string;
  /** What price it is reckoned at. */
  basis: "limit" | "stop" | "ask" | "bid" | "last";
}

/** Value of the draft in the instrument's currency; null when no price is known. */
export function estimateNotional(draft: TicketDraft, instrument: Instrument | null, quote: Quote | null): Notional | null {
  const quantity = parseDecimal(draft.quantity);
  const reference = referencePrice(draft, quote);
  if (quantity === null || quantity.lte(0) || reference === null) return null;
  const multiplier = parseDecimal(instrument?.multiplier) ?? new Big(1);
  return { amount: toPlain(quantity.times(reference.price).times(multiplier.eq(0) ? 1 : multiplier)), basis: reference.basis };
}

function referencePrice(draft: TicketDraft, quote: Quote | null): { price: Big; basis: Notional["basis"] } | null {
  const touch = draft.side === "BUY" ? "ask" : "bid";
  const terms = termsOf(draft.orderType);
  const takesTheMarket = !needs(draft.orderType, "limit_price") && !needs(draft.orderType, "stop_price");
  const candidates: [Notional["basis"], Big | null][] = [
    ["limit", terms.includes("limit_price") ? parseDecimal(draft.limitPrice) : null],
    ["stop", terms.includes("stop_price") ? parseDecimal(draft.stopPrice) : null],
    [touch, takesTheMarket ? parseDecimal(quote?.[touch]) : null],
    ["last", takesTheMarket ? parseDecimal(quote?.last) : null],
  ];
  const [basis, price] = candidates.find(([, candidate]) => candidate?.gt(0)) ?? ["last", null];
  return price === null ? null : { price, basis };
}

/** One line a person can check: "BUY 100 AAPL LMT 228.50 DAY". */
export function describeTicket(order: PlaceOrder | Order): string {
  const prices = [order.limit_price, order.stop_price && `stop ${order.stop_price}`, ...trailWords(order)].filter(Boolean).join(" ");
  return [order.side, formatQuantity(order.quantity), order.symbol, order.order_type, prices, order.time_in_force].filter(Boolean).join(" ");
}

type Trail = Pick<PlaceOrder | Order, "trailing_amount" | "trailing_percent" | "limit_offset" | "offset_amount">;

/** How an order follows the market: "trails 2.5%". */
export function trailWords(order: Trail): string[] {
  return [
    order.trailing_amount && `trails ${formatQuantity(order.trailing_amount)}`,
    order.trailing_percent && `trails ${formatQuantity(order.trailing_percent)}%`,
    order.limit_offset && `limit offset ${formatQuantity(order.limit_offset)}`,
    order.offset_amount && `offset ${formatQuantity(order.offset_amount)}`,
  ].filter((words): words is string => typeof words === "string" && words !== "");
}
