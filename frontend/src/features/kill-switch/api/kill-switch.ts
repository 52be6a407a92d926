/** The kill switch: pushed when it moves, and asked for regularly because what is left to do changes without a push. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";
import type { KillSwitch } from "@/types/models";

export const killSwitchKey = ["kill-switch"] as const;
const ASK_MS = 15_000;
const ASK_ENGAGED_MS = 2_000;

export function useKillSwitch() {
  return useQuery({
    queryKey: killSwitchKey,
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/risk/kill-switch/", { signal })),
    refetchInterval: ({ state }) => (state.data?.engaged ? ASK_ENGAGED_MS : ASK_MS),
  });
}

interface Move {
  engaged: boolean;
  cancel_orders: boolean;
  flatten: boolean;
  reason: string;
}

export function useMoveKillSwitch() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: Move) => unwrap(api.POST("/api/v1/risk/kill-switch/", { body })),
    onSuccess: (answer) => queryClient.setQueryData<KillSwitch>(killSwitchKey, answer),
    onSettled: () => queryClient.invalidateQueries({ queryKey: killSwitchKey }),
  });
}
