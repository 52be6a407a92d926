/** What IB says a reviewed order would cost; nothing is placed. A courtesy: its failure never stands in the way. */
import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";
import type { PlaceOrder } from "@/types/models";

/** A preview has no identity of its own, and the API takes no field that it does not know. */
function withoutClientId(order: PlaceOrder): Omit<PlaceOrder, "client_order_id"> {
  const terms = { ...order };
  delete terms.client_order_id;
  return terms;
}

export function useOrderPreview(order: PlaceOrder) {
  return useQuery({
    queryKey: ["preview", order.client_order_id],
    queryFn: ({ signal }) => unwrap(api.POST("/api/v1/orders/preview/", { body: withoutClientId(order), signal })),
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });
}
