/** The closed lists of an order's words, in the order people look for them. */
import type { OrderStatus, OrderType, Side, TimeInForce } from "@/types/models";

export const SIDES: readonly Side[] = ["BUY", "SELL"];
export const ORDER_TYPES: readonly OrderType[] = [
  "MKT", "LMT", "STP", "STP LMT", "TRAIL", "TRAIL LIMIT", "MIT", "LIT", "MOC", "LOC", "REL", "MIDPRICE",
];
export const TIMES_IN_FORCE: readonly TimeInForce[] = ["DAY", "GTC", "GTD", "IOC", "FOK", "OPG"];

export const OPEN_STATUSES: readonly OrderStatus[] = [
  "pending_submit",
  "working",
  "partially_filled",
  "pending_replace",
  "pending_cancel",
  "unknown",
  "suspended",
];
export const FINISHED_STATUSES: readonly OrderStatus[] = ["filled", "cancelled", "rejected", "expired"];
export const ORDER_STATUSES: readonly OrderStatus[] = [...OPEN_STATUSES, ...FINISHED_STATUSES];

export const isOpen = (status: OrderStatus): boolean => OPEN_STATUSES.includes(status);
