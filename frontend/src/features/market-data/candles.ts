/** Bars from the API as the chart library wants them, and the last bar kept up by quotes. */
import type { CandlestickData, HistogramData, UTCTimestamp } from "lightweight-charts";

import { toNumber } from "@/lib/decimal";
import type { Bar } from "@/types/models";

export type Candle = CandlestickData<UTCTimestamp> & { volume: number };

/** Times on the chart's axis are drawn as UTC; shifting them makes it the reader's own clock. */
export function toLocalTimestamp(milliseconds: number): UTCTimestamp {
  const offset = new Date(milliseconds).getTimezoneOffset() * 60;
  return (Math.floor(milliseconds / 1000) - offset) as UTCTimestamp;
}

function toCandle(bar: Bar): Candle | null {
  const [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(toNumber);
  const time = Date.parse(bar.time);
  if (open == null || high == null || low == null || close == null || Number.isNaN(time)) return null;
  return { time: toLocalTimestamp(time), open, high, low, close, volume: toNumber(bar.volume) ?? 0 };
}

/** Complete bars in time order, one for each time (the library refuses repeats). */
export function toCandles(bars: readonly Bar[]): Candle[] {
  const byTime = new Map<number, Candle>();
  for (const bar of bars) {
    const candle = toCandle(bar);
    if (candle) byTime.set(candle.time, candle);
  }
  return [...byTime.values()].sort((a, b) => a.time - b.time);
}

/** The newest candle after a trade at `price`; a new one when its time is over. Null when the trade is older. */
export function advanceCandle(last: Candle, price: number, at: number, barSeconds: number): Candle | null {
  const now = toLocalTimestamp(at);
  if (now < last.time) return null;
  if (now < last.time + barSeconds) {
    return { ...last, close: price, high: Math.max(last.high, price), low: Math.min(last.low, price) };
  }
  if (barSeconds >= 86_400) return null; // the calendar decides when a day opens
  const time = (last.time + Math.floor((now - last.time) / barSeconds) * barSeconds) as UTCTimestamp;
  return { time, open: price, high: price, low: price, close: price, volume: 0 };
}

export function toVolume(candle: Candle, colors: { up: string; down: string }): HistogramData<UTCTimestamp> {
  return { time: candle.time, value: candle.volume, color: candle.close >= candle.open ? colors.up : colors.down };
}
