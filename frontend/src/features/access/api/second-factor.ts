/** Your second factor: an authenticator app and its recovery codes. */
import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";
import type { Enrolment, SecondFactor } from "@/types/models";

const secondFactorKey = ["second-factor"] as const;

export const secondFactorQuery = queryOptions({
  queryKey: secondFactorKey,
  queryFn: ({ signal }): Promise<SecondFactor> => unwrap(api.GET("/api/v1/auth/second-factor/", { signal })),
});

export function useEnrol() {
  return useMutation({
    mutationFn: (password: string): Promise<Enrolment> => unwrap(api.POST("/api/v1/auth/second-factor/", { body: { password } })),
  });
}

/** What takes a code of the app changes what is shown. */
function useWithCode<Data>(send: (code: string) => Promise<Data>) {
  const queryClient = useQueryClient();
  return useMutation({ mutationFn: send, onSuccess: () => queryClient.invalidateQueries({ queryKey: secondFactorKey }) });
}

export const useConfirm = () =>
  useWithCode((code) => unwrap(api.POST("/api/v1/auth/second-factor/confirm/", { body: { code } })));
export const useRenewCodes = () =>
  useWithCode((code) => unwrap(api.POST("/api/v1/auth/second-factor/recovery-codes/", { body: { code } })));
export const useRemove = () =>
  useWithCode((code) => unwrap(api.POST("/api/v1/auth/second-factor/remove/", { body: { code } })));
