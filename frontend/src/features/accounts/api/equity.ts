/** What an account was worth over time, its values by currency and its margin: read now and then while shown. */
import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";

/** Snapshots are taken once a minute. */
const EVERY_MS = 30_000;

export const EQUITY_RANGES = { day: 1, month: 30, year: 365 } as const;
export type EquityRange = keyof typeof EQUITY_RANGES;

const DAY_MS = 86_400_000;

export function useEquity(account: string, range: EquityRange) {
  return useQuery({
    queryKey: ["accounts", "equity", account, range],
    queryFn: ({ signal }) => {
      const since = new Date(Date.now() - EQUITY_RANGES[range] * DAY_MS).toISOString();
      return unwrap(api.GET("/api/v1/accounts/{account}/equity/", { params: { path: { account }, query: { since } }, signal }));
    },
    refetchInterval: EVERY_MS,
  });
}

export function useCurrencies(account: string) {
  return useQuery({
    queryKey: ["accounts", "currencies", account],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/accounts/{account}/currencies/", { params: { path: { account } }, signal })),
    refetchInterval: EVERY_MS,
  });
}
