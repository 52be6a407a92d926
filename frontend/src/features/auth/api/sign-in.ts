/** Start a session with username and password. */
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, readCookie, unwrap } from "@/lib/api-client";
import type { Session } from "@/types/models";

import { sessionKey } from "./session";

export interface Credentials {
  username: string;
  password: string;
  /** Of the authenticator, for whoever has a second factor. */
  code?: string;
}

async function signIn(credentials: Credentials): Promise<Session> {
  if (readCookie("csrftoken") === null) await unwrap(api.GET("/api/v1/auth/session/"));
  return unwrap(api.POST("/api/v1/auth/session/", { body: credentials }));
}

export function useSignIn() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: signIn,
    onSuccess: (session) => queryClient.setQueryData(sessionKey, session),
  });
}
