/** Every order that may still change, kept live by the stream. */
import { queryOptions, useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";
import { liveJournal } from "@/lib/live-journal";
import { useFallbackPolling } from "@/lib/live-status";
import { OPEN_STATUSES } from "@/lib/order-words";
import { fetchAllPages } from "@/lib/pages";
import type { Order } from "@/types/models";

import { applyOrder, isWorkingIn, orderKeys } from "./order-cache";

export function workingOrdersQuery(account: string | undefined) {
  return queryOptions({
    queryKey: orderKeys.working(account),
    queryFn: ({ signal }) =>
      liveJournal.fetchThenReplay<Order, Order[]>(
        "orders",
        () =>
          fetchAllPages((cursor) =>
            unwrap(api.GET("/api/v1/orders/", { params: { query: { status: OPEN_STATUSES.join(","), account, cursor } }, signal })),
          ),
        (orders, news) => applyOrder(orders, news, isWorkingIn(account)),
      ),
  });
}

export function useWorkingOrders(account: string | undefined) {
  return useQuery({ ...workingOrdersQuery(account), refetchInterval: useFallbackPolling() });
}
