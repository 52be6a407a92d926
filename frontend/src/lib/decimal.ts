/** Exact arithmetic on decimal strings. Money, prices and quantities never become floats before they are drawn. */
import Big from "big.js";

export type DecimalText = string;

const PLAIN_NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;
const GROUPED_NUMBER = /^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$/;

/** The number a person typed or the API sent, or null when it is none. Spaces and thousands commas are allowed. */
export function parseDecimal(text: string | null | undefined): Big | null {
  const trimmed = (text ?? "").trim();
  if (GROUPED_NUMBER.test(trimmed)) return new Big(trimmed.replaceAll(",", "").replace(/\.$/, ""));
  if (!PLAIN_NUMBER.test(trimmed)) return parseExponent(trimmed);
  return new Big(trimmed.replace(/\.$/, "").replace(/^\+/, ""));
}

// The API may spell a very small or round Decimal as 0E-8; people do not type that.
function parseExponent(text: string): Big | null {
  return /^[+-]?\d+(\.\d+)?E[+-]?\d{1,3}$/i.test(text) ? new Big(text) : null;
}

/** The shortest plain spelling: "1500", "0.25"; what goes to the API. */
export function toPlain(value: Big): DecimalText {
  return value.toFixed();
}

/** Whether `price` is a whole number of `minTick`; a missing or zero tick allows every price. */
export function isOnTick(price: Big, minTick: string | null | undefined): boolean {
  const tick = parseDecimal(minTick);
  return tick === null || tick.lte(0) || price.mod(tick).eq(0);
}

/** `price` moved by `steps` ticks, first brought to the tick; never below one tick. */
export function stepByTick(price: Big, minTick: string, steps: number): Big {
  const tick = parseDecimal(minTick);
  if (tick === null || tick.lte(0)) return price;
  const whole = price.div(tick).round(0, steps > 0 ? Big.roundDown : Big.roundUp);
  const moved = whole.plus(steps).times(tick);
  return moved.lt(tick) ? tick : moved;
}

/** How many decimals prices of an instrument with this tick need; at least two. */
export function tickDecimals(minTick: string | null | undefined): number {
  const tick = parseDecimal(minTick);
  if (tick === null || tick.lte(0)) return 2;
  return Math.max(2, tick.toFixed().split(".")[1]?.length ?? 0);
}

/** -1, 0 or 1; null for a value that is no number. */
export function signOf(text: string | null | undefined): -1 | 0 | 1 | null {
  const value = parseDecimal(text);
  if (value === null) return null;
  if (value.eq(0)) return 0;
  return value.gt(0) ? 1 : -1;
}

/** Order of two decimal strings for sorting; missing values come last. */
export function compareDecimals(left: string | null | undefined, right: string | null | undefined): number {
  const [a, b] = [parseDecimal(left), parseDecimal(right)];
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a.cmp(b);
}

/** For drawing on a canvas only: the nearest float, or null. */
export function toNumber(text: string | null | undefined): number | null {
  const value = parseDecimal(text);
  return value === null ? null : value.toNumber();
}
