/** The history of equity as lines to draw; where nothing is known no line is drawn. */
import type { AccountEquity } from "@/types/models";

export interface Spot {
  x: number;
  y: number;
}

export interface EquityDrawing {
  lines: Spot[][];
  /** Where nothing is known, from x to x. */
  gaps: { from: number; to: number }[];
  low: number;
  high: number;
}

/** Coordinates from 0 to 1, y upwards; null when there is nothing to draw. Drawing may round, figures never come from here. */
export function drawEquity({ points, gaps, since, until }: AccountEquity): EquityDrawing | null {
  const known = points.filter((point) => point.net_liquidation !== null);
  const worths = known.map((point) => Number(point.net_liquidation));
  if (worths.length === 0) return null;
  const start = Math.max(Date.parse(since), Date.parse(known[0]?.at ?? since));
  const length = Math.max(Date.parse(until) - start, 1);
  const low = Math.min(...worths);
  const high = Math.max(...worths);
  const xOf = (time: string) => Math.min(1, Math.max(0, (Date.parse(time) - start) / length));
  const ends = new Set(gaps.map((gap) => Date.parse(gap.since)));
  const lines: Spot[][] = [[]];
  known.forEach((point, index) => {
    const y = high === low ? 0.5 : ((worths[index] ?? low) - low) / (high - low);
    lines.at(-1)?.push({ x: xOf(point.at), y });
    if (ends.has(Date.parse(point.at))) lines.push([]);
  });
  return { lines: lines.filter((line) => line.length > 0), gaps: gaps.map((gap) => ({ from: xOf(gap.since), to: xOf(gap.until) })), low, high };
}
