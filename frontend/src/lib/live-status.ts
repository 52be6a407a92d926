/** Whether the stream is live, and what screens do while it is not: ask again every few seconds. */
import type { LiveStatus } from "./live-socket";
import { createStore, useStore } from "./store";

const POLL_MS = 5_000;

export const liveStatusStore = createStore<LiveStatus>({ state: "connecting", since: Date.now(), attempts: 0 });

export function useLiveStatus(): LiveStatus {
  return useStore(liveStatusStore);
}

/** For queries that the stream keeps fresh: `refetchInterval` while it does not. */
export function useFallbackPolling(): number | false {
  const { state } = useLiveStatus();
  return state === "live" ? false : POLL_MS;
}
