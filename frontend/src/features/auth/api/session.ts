/** Who is signed in. The GET also plants the CSRF cookie that every later change needs. */
import { queryOptions } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";

export const sessionKey = ["session"] as const;

export const sessionQuery = queryOptions({
  queryKey: sessionKey,
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/auth/session/", { signal })),
  staleTime: 5 * 60_000,
});
