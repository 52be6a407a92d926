/** End the session and forget everything that was read in it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";
import type { Session } from "@/types/models";

import { sessionKey } from "./session";

export const SIGNED_OUT: Session = { authenticated: false, user: null };

export function useSignOut() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/v1/auth/session/")),
    onSuccess: () => {
      queryClient.clear();
      queryClient.setQueryData(sessionKey, SIGNED_OUT);
    },
  });
}
