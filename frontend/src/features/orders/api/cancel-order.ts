/** Ask IB to cancel one order. The answer says that it was asked, not that it happened. */
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";

import { updateOrderEverywhere } from "./order-cache";

export function useCancelOrder() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => unwrap(api.POST("/api/v1/orders/{id}/cancel/", { params: { path: { id } } })),
    onSuccess: (order) => updateOrderEverywhere(queryClient, order),
  });
}
