/** One order and its trade log. */
import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";
import { liveJournal } from "@/lib/live-journal";
import { useFallbackPolling } from "@/lib/live-status";
import { fetchAllPages } from "@/lib/pages";
import type { Order } from "@/types/models";

import { findOrder, newerOrder, orderKeys } from "./order-cache";

function orderQuery(id: string) {
  return queryOptions({
    queryKey: orderKeys.detail(id),
    queryFn: ({ signal }) =>
      liveJournal.fetchThenReplay<Order, Order>(
        "orders",
        () => unwrap(api.GET("/api/v1/orders/{id}/", { params: { path: { id } }, signal })),
        (order, news) => (news.id === order.id ? newerOrder(order, news) : order),
      ),
  });
}

export function useOrder(id: string) {
  const queryClient = useQueryClient();
  const refetchInterval = useFallbackPolling();
  return useQuery({ ...orderQuery(id), placeholderData: () => findOrder(queryClient, id), refetchInterval });
}

export function useOrderEvents(id: string) {
  return useQuery({
    queryKey: orderKeys.events(id),
    queryFn: ({ signal }) =>
      fetchAllPages((cursor) =>
        unwrap(api.GET("/api/v1/orders/{id}/events/", { params: { path: { id }, query: { cursor } }, signal })),
      ),
    refetchInterval: useFallbackPolling(),
  });
}
