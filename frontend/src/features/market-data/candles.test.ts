import { describe, expect, it } from "vitest";

import { advanceCandle, toCandles, toLocalTimestamp, toVolume } from "./candles";

const bar = (time: string, close = "10.5") => ({ time, open: "10", high: "11", low: "9.5", close, volume: "1200" });
const noon = Date.parse("2026-11-24T12:00:00Z");

describe("toCandles", () => {
  it("sorts, drops repeats (the later wins) and bars that are not complete", () => {
    const candles = toCandles([
      bar("2026-11-24T12:05:00Z"),
      bar("2026-11-24T12:00:00Z"),
      bar("2026-11-24T12:05:00Z", "10.7"),
      { ...bar("2026-11-24T12:10:00Z"), close: "" },
      bar("rubbish"),
    ]);
    expect(candles.map(({ close }) => close)).toEqual([10.5, 10.7]);
    expect(candles[1]!.time - candles[0]!.time).toBe(300);
  });
});

describe("advanceCandle", () => {
  const last = { time: toLocalTimestamp(noon), open: 10, high: 11, low: 9, close: 10.5, volume: 7 };

  it("moves the newest candle while its time lasts", () => {
    expect(advanceCandle(last, 11.5, noon + 10_000, 300)).toEqual({ ...last, close: 11.5, high: 11.5 });
    expect(advanceCandle(last, 8.5, noon + 10_000, 300)).toEqual({ ...last, close: 8.5, low: 8.5 });
  });

  it("opens the next candle on the grid", () => {
    expect(advanceCandle(last, 12, noon + 700_000, 300)).toEqual({ time: last.time + 600, open: 12, high: 12, low: 12, close: 12, volume: 0 });
  });

  it("ignores the past and leaves new days to the calendar", () => {
    expect(advanceCandle(last, 12, noon - 1000, 300)).toBeNull();
    expect(advanceCandle(last, 12, noon + 90_000_000, 86_400)).toBeNull();
  });
});

it("colours volume by direction", () => {
  const [candle] = toCandles([bar("2026-11-24T12:00:00Z", "9.6")]);
  expect(toVolume(candle!, { up: "u", down: "d" })).toMatchObject({ value: 1200, color: "d" });
});
