/** Programs that are signed in as you, and the end of everything. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";
import { fetchAllPages } from "@/lib/pages";
import type { SignIn } from "@/types/models";

const signInsKey = ["sign-ins"] as const;

export const signInsQuery = queryOptions({
  queryKey: signInsKey,
  queryFn: ({ signal }): Promise<SignIn[]> =>
    fetchAllPages((cursor) => unwrap(api.GET("/api/v1/auth/sign-ins/", { params: { query: { cursor } }, signal }))),
});

export function useEndSignIn() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE("/api/v1/auth/sign-ins/{id}/", { params: { path: { id } } })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: signInsKey }),
  });
}

export function useSignOutEverywhere() {
  return useMutation({
    mutationFn: (revokeApiKeys: boolean) =>
      unwrap(api.POST("/api/v1/auth/sign-out-everywhere/", { body: { revoke_api_keys: revokeApiKeys } })),
  });
}
