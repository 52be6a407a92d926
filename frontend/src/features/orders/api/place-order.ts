/** Send a ticket. The same `client_order_id` with the same body is the same order, however often it is sent. */
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";
import type { PlaceOrder } from "@/types/models";

import { updateOrderEverywhere } from "./order-cache";

export function usePlaceOrder() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (ticket: PlaceOrder) => unwrap(api.POST("/api/v1/orders/", { body: ticket })),
    onSuccess: (order) => updateOrderEverywhere(queryClient, order),
  });
}
