/** The latest quote of a symbol: read once, then fed by the stream. */
import { type QueryClient, useQuery } from "@tanstack/react-query";
import { useEffect } from "react";

import { api, unwrap } from "@/lib/api-client";
import { useFallbackPolling } from "@/lib/live-status";
import { watchSymbol } from "@/lib/quote-interest";
import type { Quote } from "@/types/models";

export interface LiveQuote extends Quote {
  /** When this price was new to us, in milliseconds of the epoch by this computer's clock. */
  seenAt: number;
}

export const quoteKey = (symbol: string) => ["quote", symbol] as const;

/** A quote from the stream is new now; one read by REST is as old as it says. Repeats do not make a price younger. */
export function withAge(quote: Quote, known: LiveQuote | undefined, now: number, isStreamed: boolean): LiveQuote {
  if (known !== undefined && known.time === quote.time) return { ...quote, seenAt: known.seenAt };
  const said = Date.parse(quote.time ?? "");
  return { ...quote, seenAt: isStreamed || Number.isNaN(said) ? now : Math.min(said, now) };
}

export function updateQuote(queryClient: QueryClient, quote: Quote): void {
  queryClient.setQueryData<LiveQuote | null>(quoteKey(quote.symbol), (known) => withAge(quote, known ?? undefined, Date.now(), true));
}

async function fetchQuote(symbol: string, signal: AbortSignal): Promise<LiveQuote | null> {
  const answer = await unwrap(api.GET("/api/v1/quotes/", { params: { query: { symbols: symbol } }, signal }));
  const quote = answer.results.find((each) => each.symbol === symbol);
  return quote === undefined ? null : withAge(quote, undefined, Date.now(), false);
}

export function useQuote(symbol: string | undefined) {
  const refetchInterval = useFallbackPolling();
  useEffect(() => (symbol === undefined ? undefined : watchSymbol(symbol)), [symbol]);
  return useQuery({
    queryKey: quoteKey(symbol ?? ""),
    queryFn: ({ signal }) => fetchQuote(symbol ?? "", signal),
    enabled: symbol !== undefined,
    staleTime: 5_000,
    refetchInterval,
  });
}
