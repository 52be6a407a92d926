/** How old a quote is and whether it may still be believed. */
import { useLiveStatus } from "@/lib/live-status";
import { useNow } from "@/lib/use-now";

import type { LiveQuote } from "../api/quotes";

/** IB is asked anew for a price that has not moved for 20 s; the server calls it stale after 30, we when we hear nothing of either. */
export const STALE_MS = 32_000;

export interface Freshness {
  ageMs: number | null;
  isStale: boolean;
  /** Why it is stale, in words. */
  reason: string | null;
}

export function judgeFreshness(quote: LiveQuote | null | undefined, now: number, isLive: boolean): Freshness {
  if (!quote) return { ageMs: null, isStale: true, reason: "No quote" };
  const ageMs = Math.max(0, now - quote.seenAt);
  if (quote.stale) return { ageMs, isStale: true, reason: quote.stale_reason ? `Stale: ${quote.stale_reason}` : "Stale" };
  if (ageMs > STALE_MS) return { ageMs, isStale: true, reason: "Stale: no update" };
  return { ageMs, isStale: !isLive && ageMs > STALE_MS / 2, reason: isLive ? null : "Not streaming" };
}

export function useFreshness(quote: LiveQuote | null | undefined): Freshness {
  const now = useNow();
  const { state } = useLiveStatus();
  return judgeFreshness(quote, now, state === "live");
}
