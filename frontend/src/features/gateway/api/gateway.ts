/** The connection to IB: pushed when it changes, and asked for regularly because a dead process pushes nothing. */
import { type QueryClient, useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";
import type { Gateway } from "@/types/models";

export const gatewayKey = ["gateway"] as const;
const ASK_MS = 5_000;

export function updateGateway(queryClient: QueryClient, news: Gateway): void {
  queryClient.setQueryData<Gateway>(gatewayKey, news);
}

export function useGateway() {
  return useQuery({
    queryKey: gatewayKey,
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/gateway/", { signal })),
    refetchInterval: ASK_MS,
    refetchIntervalInBackground: true,
  });
}
