/** Keys of programs: listed, made (shown once), revoked. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";
import { fetchAllPages } from "@/lib/pages";
import type { ApiKey, ApiKeyRequest, NewApiKey } from "@/types/models";

const apiKeysKey = ["api-keys"] as const;

export const apiKeysQuery = queryOptions({
  queryKey: apiKeysKey,
  queryFn: ({ signal }): Promise<ApiKey[]> =>
    fetchAllPages((cursor) => unwrap(api.GET("/api/v1/auth/api-keys/", { params: { query: { cursor } }, signal }))),
});

export function useCreateApiKey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: ApiKeyRequest): Promise<NewApiKey> => unwrap(api.POST("/api/v1/auth/api-keys/", { body })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: apiKeysKey }),
  });
}

export function useRevokeApiKey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => unwrap(api.DELETE("/api/v1/auth/api-keys/{key_id}/", { params: { path: { key_id: String(id) } } })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: apiKeysKey }),
  });
}
