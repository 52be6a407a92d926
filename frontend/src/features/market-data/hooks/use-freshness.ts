/** How old a quote is and whether it may still be believed. */
import { useLiveStatus } from "@/lib/live-status";
import { useNow } from "@/lib/use-now";

import type { LiveQuote } from "../api/quotes";

/** A liquid stock's quote that has not moved for this long is suspect. */
export const STALE_MS = 15_000;

export interface Freshness {
  ageMs: number | null;
  isStale: boolean;
  /** Why it is stale, in words. */
  reason: string | null;
}

export function judgeFreshness(quote: LiveQuote | null | undefined, now: number, isLive: boolean): Freshness {
  if (!quote) return { ageMs: null, isStale: true, reason: "No quote" };
  const ageMs = Math.max(0, now - quote.seenAt);
  if (ageMs > STALE_MS) return { ageMs, isStale: true, reason: "Stale: no update" };
  return { ageMs, isStale: !isLive && ageMs > STALE_MS / 2, reason: isLive ? null : "Not streaming" };
}

export function useFreshness(quote: LiveQuote | null | undefined): Freshness {
  const now = useNow();
  const { state } = useLiveStatus();
  return judgeFreshness(quote, now, state === "live");
}
