/** What each order type needs and may have, and how long it may live: the server's table (`trading/domain/risk/shape.py`) in short. */
import type { OrderType, TimeInForce } from "@/types/models";

/** The price terms of an order, as the API names them. */
export const PRICE_TERMS = ["stop_price", "limit_price", "trailing_amount", "trailing_percent", "limit_offset", "offset_amount"] as const;
export type PriceTerm = (typeof PRICE_TERMS)[number];

interface Shape {
  name: string;
  needs: readonly PriceTerm[];
  mayHave?: readonly PriceTerm[];
  lifetimes?: readonly TimeInForce[];
  /** Why it cannot work outside regular hours; undefined when it can. */
  onlyRegularHours?: string;
}

const LASTING: readonly TimeInForce[] = ["DAY", "GTC", "GTD"];
const IN_THE_CLOSE = "An order for the close works in the closing auction only";

const SHAPES: Record<OrderType, Shape> = {
  MKT: { name: "Market", needs: [], lifetimes: ["DAY", "GTC", "GTD", "IOC", "OPG"], onlyRegularHours: "A market order works in regular hours only" },
  LMT: { name: "Limit", needs: ["limit_price"], lifetimes: ["DAY", "GTC", "GTD", "IOC", "FOK", "OPG"] },
  STP: { name: "Stop", needs: ["stop_price"] },
  "STP LMT": { name: "Stop limit", needs: ["stop_price", "limit_price"] },
  TRAIL: { name: "Trailing stop", needs: [], mayHave: ["trailing_amount", "trailing_percent", "stop_price"] },
  "TRAIL LIMIT": { name: "Trailing stop limit", needs: ["stop_price", "limit_offset"], mayHave: ["trailing_amount", "trailing_percent"] },
  MIT: { name: "Market if touched", needs: ["stop_price"] },
  LIT: { name: "Limit if touched", needs: ["stop_price", "limit_price"] },
  MOC: { name: "Market on close", needs: [], lifetimes: ["DAY"], onlyRegularHours: IN_THE_CLOSE },
  LOC: { name: "Limit on close", needs: ["limit_price"], lifetimes: ["DAY"], onlyRegularHours: IN_THE_CLOSE },
  REL: { name: "Relative", needs: [], mayHave: ["limit_price", "offset_amount"] },
  MIDPRICE: { name: "Midprice", needs: [], mayHave: ["limit_price"], lifetimes: ["DAY"], onlyRegularHours: "A midprice order works in regular hours only" },
};

const TRIGGERED: readonly string[] = ["MIT", "LIT"];

/** Orders placed elsewhere may be of types that one cannot place here: of those nothing is known. */
const shapeOf = (type: string): Shape | undefined => (SHAPES as Partial<Record<string, Shape>>)[type];

export const typeName = (type: string): string => shapeOf(type)?.name ?? type;
export const needs = (type: string, term: PriceTerm): boolean => shapeOf(type)?.needs.includes(term) ?? false;
/** The terms a type can have, in the order in which people read them. */
export const termsOf = (type: string): PriceTerm[] => PRICE_TERMS.filter((term) => needs(type, term) || shapeOf(type)?.mayHave?.includes(term));
export const lifetimesOf = (type: string): readonly TimeInForce[] => shapeOf(type)?.lifetimes ?? LASTING;
export const hoursObstacle = (type: string): string | undefined => shapeOf(type)?.onlyRegularHours;
export const isTrailing = (type: string): boolean => type === "TRAIL" || type === "TRAIL LIMIT";

const TERM_NAMES: Record<PriceTerm, string> = {
  stop_price: "Stop price",
  limit_price: "Limit price",
  trailing_amount: "Trailing amount",
  trailing_percent: "Trailing percent",
  limit_offset: "Limit offset",
  offset_amount: "Offset",
};

export function termName(term: PriceTerm, type: string): string {
  if (term === "stop_price" && TRIGGERED.includes(type)) return "Trigger price";
  if (term === "stop_price" && isTrailing(type)) return type === "TRAIL" ? "First stop (optional)" : "First stop";
  const isOption = !needs(type, term) && !term.startsWith("trailing");
  return isOption ? `${TERM_NAMES[term]} (optional)` : TERM_NAMES[term];
}
