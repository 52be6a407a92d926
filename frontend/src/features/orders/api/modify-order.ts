/** Ask IB to change quantity or prices of a working order. */
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";
import type { ModifyOrder } from "@/types/models";

import { updateOrderEverywhere } from "./order-cache";

export function useModifyOrder(id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (change: ModifyOrder) => unwrap(api.PATCH("/api/v1/orders/{id}/", { params: { path: { id } }, body: change })),
    onSuccess: (order) => updateOrderEverywhere(queryClient, order),
  });
}
