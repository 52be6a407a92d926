/** How numbers and times are shown. Input is what the API sends; nothing here rounds what is sent back. */
import Big from "big.js";

import { parseDecimal, tickDecimals } from "./decimal";

export const MISSING = "–";
const MINUS = "\u2212";

function grouped(value: Big, decimals: number): string {
  const [whole = "0", fraction] = value.abs().toFixed(decimals, Big.roundHalfUp).split(".");
  const withCommas = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? withCommas : `${withCommas}.${fraction}`;
}

function signed(value: Big, decimals: number, plus: string): string {
  const text = grouped(value, decimals);
  const isZero = new Big(text.replaceAll(",", "")).eq(0);
  if (isZero) return text;
  return value.lt(0) ? `${MINUS}${text}` : `${plus}${text}`;
}

/** A price with the decimals its tick asks for, and more when the price itself has more (up to 6). */
export function formatPrice(price: string | null | undefined, minTick?: string | null): string {
  const value = parseDecimal(price);
  if (value === null) return MISSING;
  const own = value.round(6).toFixed().split(".")[1]?.length ?? 0;
  return signed(value, Math.max(tickDecimals(minTick), Math.min(own, 6)), "");
}

/** A price of exactly the tick's decimals: for averages, which have endless ones. */
export function formatAverage(price: string | null | undefined, decimals = 4): string {
  const value = parseDecimal(price);
  if (value === null) return MISSING;
  const own = value.round(decimals).toFixed().split(".")[1]?.length ?? 0;
  return signed(value, Math.max(2, own), "");
}

/** An amount of money: two decimals, thousands commas, a real minus sign. */
export function formatMoney(amount: string | null | undefined, decimals = 2): string {
  const value = parseDecimal(amount);
  return value === null ? MISSING : signed(value, decimals, "");
}

/** Money that is a gain or a loss: always with its sign, so that colour is never the only sign. */
export function formatGain(amount: string | null | undefined, decimals = 2): string {
  const value = parseDecimal(amount);
  return value === null ? MISSING : signed(value, decimals, "+");
}

/** A quantity without trailing zeros. */
export function formatQuantity(quantity: string | null | undefined): string {
  const value = parseDecimal(quantity);
  if (value === null) return MISSING;
  const decimals = value.toFixed().split(".")[1]?.length ?? 0;
  return signed(value, decimals, "");
}

/** Large numbers in few characters: 1.24M, 56.7K. */
export function formatCompact(amount: string | null | undefined): string {
  const value = parseDecimal(amount);
  if (value === null) return MISSING;
  const scale = [
    { from: 1e9, unit: 1e9, suffix: "B" },
    { from: 1e6, unit: 1e6, suffix: "M" },
    { from: 1e4, unit: 1e3, suffix: "K" },
  ].find(({ from }) => value.abs().gte(from));
  if (scale) return `${signed(value.div(scale.unit), 2, "")}${scale.suffix}`;
  return signed(value, value.round(0).eq(value) ? 0 : 2, "");
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long", hourCycle: "h23" });

function parseTime(time: string | null | undefined): Date | null {
  const date = new Date(time ?? "");
  return Number.isNaN(date.getTime()) ? null : date;
}

/** The time of day in the reader's zone, with the day when it is not today. */
export function formatTime(time: string | null | undefined, now: Date = new Date()): string {
  const date = parseTime(time);
  if (date === null) return MISSING;
  const isToday = date.toDateString() === now.toDateString();
  return isToday ? clock.format(date) : `${day.format(date)}, ${clock.format(date)}`;
}

/** Date, time and zone, for tooltips and details. */
export function formatFullTime(time: string | null | undefined): string {
  const date = parseTime(time);
  return date === null ? MISSING : full.format(date);
}

/** How long ago in words of one unit: "4 s", "12 min", "3 h", "2 d". */
export function formatAge(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
