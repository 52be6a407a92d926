/** Opens the stream while somebody is signed in and feeds the cache from it. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { sessionKey } from "@/features/auth/api/session";
import { liveJournal } from "@/lib/live-journal";
import { LiveSocket } from "@/lib/live-socket";
import { liveStatusStore } from "@/lib/live-status";
import { watchedSymbols } from "@/lib/quote-interest";

import { applyEvent, applyQuotes, refetchLiveData, STREAM_CHANNELS } from "./apply-event";

export function streamUrl({ protocol, host }: Pick<Location, "protocol" | "host">): string {
  return `${protocol === "https:" ? "wss:" : "ws:"}//${host}/ws/`;
}

function channels(): string[] {
  return [...STREAM_CHANNELS, ...watchedSymbols.get().map((symbol) => `quotes:${symbol}`)];
}

/** After this many failures in a row the session itself may have ended; asking tells. */
const ASK_SESSION_AFTER = 3;

export function LiveUpdates() {
  const queryClient = useQueryClient();
  useEffect(() => {
    const socket = new LiveSocket({
      url: streamUrl(window.location),
      channels: channels(),
      onEvent: (event) => {
        liveJournal.record(event);
        applyEvent(queryClient, event);
      },
      onQuotes: (quotes) => applyQuotes(queryClient, quotes),
      onRefetch: () => refetchLiveData(queryClient),
      onStatus: (status) => {
        liveStatusStore.set(status);
        if (status.attempts === ASK_SESSION_AFTER) void queryClient.invalidateQueries({ queryKey: sessionKey });
      },
      onError: (error) => {
        console.warn("The stream reported an error", error);
        if (error.error_code === "AUTHENTICATION_REQUIRED") void queryClient.invalidateQueries({ queryKey: sessionKey });
      },
    });
    socket.start();
    const stopWatching = watchedSymbols.subscribe(() => socket.setChannels(channels()));
    return () => {
      stopWatching();
      socket.stop();
    };
  }, [queryClient]);
  return null;
}
