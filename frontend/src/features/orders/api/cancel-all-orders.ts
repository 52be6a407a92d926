/** Ask IB to cancel every working order of an account (of all accounts when none is chosen). */
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";

import { orderKeys } from "./order-cache";

export function useCancelAllOrders() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (account: string | undefined) =>
      unwrap(api.POST("/api/v1/orders/cancel-all/", { body: account === undefined ? {} : { account } })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: orderKeys.all }),
  });
}
