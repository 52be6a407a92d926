/** Executions, newest first; of one order or of all. */
import { type InfiniteData, type QueryClient, useInfiniteQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";
import { liveJournal } from "@/lib/live-journal";
import { useFallbackPolling } from "@/lib/live-status";
import { nextCursor, upsert } from "@/lib/pages";
import type { Fill, Page } from "@/types/models";

export interface FillFilter {
  account?: string;
  orderId?: string;
}

export type FillPages = InfiniteData<Page<Fill>, string | undefined>;

export const fillKeys = {
  all: ["fills"] as const,
  list: ({ account, orderId }: FillFilter) => ["fills", account ?? null, orderId ?? null] as const,
};

function belongs({ account, orderId }: FillFilter, fill: Fill): boolean {
  return (account === undefined || fill.account === account) && (orderId === undefined || fill.order_id === orderId);
}

/** A fill that IB corrected stays in the books but no longer counts. */
export function applyFill(fills: readonly Fill[], news: Fill, filter: FillFilter): Fill[] {
  if (!belongs(filter, news)) return [...fills];
  if (!news.is_current) return fills.filter(({ id }) => id !== news.id);
  return upsert(fills, news, ({ id }) => id);
}

function applyToPage(page: Page<Fill>, news: Fill, filter: FillFilter): Page<Fill> {
  return { ...page, results: applyFill(page.results, news, filter) };
}

export function applyFillToPages(data: FillPages, news: Fill, filter: FillFilter): FillPages {
  const home = data.pages.findIndex((page) => page.results.some(({ id }) => id === news.id));
  const at = Math.max(home, 0);
  const page = data.pages[at];
  return page === undefined ? data : { ...data, pages: data.pages.with(at, applyToPage(page, news, filter)) };
}

export function updateFillEverywhere(queryClient: QueryClient, news: Fill): void {
  for (const [key] of queryClient.getQueriesData({ queryKey: fillKeys.all })) {
    const filter = { account: (key[1] as string | null) ?? undefined, orderId: (key[2] as string | null) ?? undefined };
    queryClient.setQueryData<FillPages>(key, (data) => data && applyFillToPages(data, news, filter));
  }
}

export function useFills(filter: FillFilter) {
  return useInfiniteQuery({
    queryKey: fillKeys.list(filter),
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      liveJournal.fetchThenReplay<Fill, Page<Fill>>(
        "fills",
        () => {
          const query = { account: filter.account, order_id: filter.orderId, cursor: pageParam };
          return unwrap(api.GET("/api/v1/fills/", { params: { query }, signal }));
        },
        (page, news) => (pageParam === undefined ? applyToPage(page, news, filter) : page),
      ),
    getNextPageParam: nextCursor,
    refetchInterval: useFallbackPolling(),
  });
}
