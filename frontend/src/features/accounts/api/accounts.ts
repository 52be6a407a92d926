/** The brokerage accounts this user may see, and everything IB says about one of them. */
import { type QueryClient, useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";
import { liveJournal } from "@/lib/live-journal";
import { useFallbackPolling } from "@/lib/live-status";
import { fetchAllPages } from "@/lib/pages";
import type { Account, AccountDetail } from "@/types/models";

export const accountKeys = {
  list: ["accounts", "list"] as const,
  detail: (account: string) => ["accounts", "detail", account] as const,
};

export function applyAccount(accounts: readonly Account[], news: Account): Account[] {
  const at = accounts.findIndex(({ account }) => account === news.account);
  return at < 0 ? [...accounts, news] : accounts.with(at, news);
}

export function updateAccountEverywhere(queryClient: QueryClient, news: Account): void {
  queryClient.setQueryData<Account[]>(accountKeys.list, (accounts) => accounts && applyAccount(accounts, news));
  queryClient.setQueryData<AccountDetail>(accountKeys.detail(news.account), (known) => known && { ...known, ...news });
}

export function useAccounts() {
  return useQuery({
    queryKey: accountKeys.list,
    queryFn: ({ signal }) =>
      liveJournal.fetchThenReplay<Account, Account[]>(
        "account",
        () => fetchAllPages((cursor) => unwrap(api.GET("/api/v1/accounts/", { params: { query: { cursor } }, signal }))),
        applyAccount,
      ),
    refetchInterval: useFallbackPolling(),
  });
}

/** The single values change with every tick of the market; while they are shown they are read again now and then. */
const VALUES_MS = 10_000;

export function useAccountDetail(account: string) {
  return useQuery({
    queryKey: accountKeys.detail(account),
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/accounts/{account}/", { params: { path: { account } }, signal })),
    refetchInterval: VALUES_MS,
  });
}
