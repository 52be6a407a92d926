/** All orders, newest first, page by page. */
import { infiniteQueryOptions, useInfiniteQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";
import { liveJournal } from "@/lib/live-journal";
import { useFallbackPolling } from "@/lib/live-status";
import { nextCursor } from "@/lib/pages";
import type { Order, Page } from "@/types/models";

import { applyOrder, type OrderFilter, orderKeys, passes } from "./order-cache";

export function orderHistoryQuery(filter: OrderFilter) {
  return infiniteQueryOptions({
    queryKey: orderKeys.history(filter),
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => {
      const isFirst = pageParam === undefined;
      return liveJournal.fetchThenReplay<Order, Page<Order>>(
        "orders",
        () => unwrap(api.GET("/api/v1/orders/", { params: { query: { ...filter, cursor: pageParam } }, signal })),
        (page, news) => {
          const isHere = isFirst || page.results.some(({ id }) => id === news.id);
          return isHere ? { ...page, results: applyOrder(page.results, news, passes(filter)) } : page;
        },
      );
    },
    getNextPageParam: nextCursor,
  });
}

export function useOrderHistory(filter: OrderFilter) {
  return useInfiniteQuery({ ...orderHistoryQuery(filter), refetchInterval: useFallbackPolling() });
}
