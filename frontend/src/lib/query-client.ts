/** The cache that all server data lives in. */
import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";

import { ApiError } from "./api-error";

const RETRIES = 2;

function shouldRetry(failures: number, error: unknown): boolean {
  const isOurMistake = error instanceof ApiError && error.status >= 400 && error.status < 500;
  return !isOurMistake && failures < RETRIES;
}

/** `onSignedOut` is called when any request finds the session gone. */
export function createQueryClient(onSignedOut: () => void = () => undefined): QueryClient {
  const onError = (error: unknown) => {
    if (error instanceof ApiError && error.isSignedOut) onSignedOut();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      // the stream keeps the cache fresh; refetching on focus is for windows that slept
      queries: { staleTime: 30_000, retry: shouldRetry, refetchOnWindowFocus: true },
      // a mutation is an order or its cancel: never repeated without a person
      mutations: { retry: false },
    },
  });
}
