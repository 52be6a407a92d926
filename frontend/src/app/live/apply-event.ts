/** One event of the stream: put its row into the cache, and say aloud what a trader must hear. */
import type { QueryClient } from "@tanstack/react-query";

import { updateAccountEverywhere } from "@/features/accounts/api/accounts";
import { updateFillEverywhere } from "@/features/fills/api/fills";
import { updateGateway } from "@/features/gateway/api/gateway";
import { updateIncidentEverywhere } from "@/features/incidents/api/incidents";
import { killSwitchKey } from "@/features/kill-switch/api/kill-switch";
import { updateQuote } from "@/features/market-data/api/quotes";
import { findOrder, updateOrderEverywhere } from "@/features/orders/api/order-cache";
import { updatePositionEverywhere } from "@/features/positions/api/positions";
import type { LiveEvent } from "@/lib/live-socket";
import type { Account, Fill, Gateway, Incident, Order, Position, Quote } from "@/types/models";

import { toastFill, toastRejected, toastUnknown } from "../toasts";

type Handler = (queryClient: QueryClient, event: LiveEvent) => void;

/** Toasts are for news: a replay after a long sleep must not shout about the past. */
const NEWS_MS = 60_000;

function isNews(time: string): boolean {
  return Math.abs(Date.now() - Date.parse(time)) < NEWS_MS;
}

const HANDLERS: Record<string, Handler> = {
  orders: (queryClient, event) => {
    const order = event.data as Order;
    const before = findOrder(queryClient, order.id)?.status;
    updateOrderEverywhere(queryClient, order);
    if (before === order.status || !isNews(order.updated_at)) return;
    if (order.status === "rejected") toastRejected(order);
    if (order.status === "unknown") toastUnknown(order);
  },
  fills: (queryClient, event) => {
    const fill = event.data as Fill;
    updateFillEverywhere(queryClient, fill);
    if (event.event === "fill.created" && isNews(fill.executed_at)) toastFill(fill);
  },
  positions: (queryClient, event) => updatePositionEverywhere(queryClient, event.data as Position),
  account: (queryClient, event) => updateAccountEverywhere(queryClient, event.data as Account),
  gateway: (queryClient, event) => updateGateway(queryClient, event.data as Gateway),
  kill_switch: (queryClient) => void queryClient.invalidateQueries({ queryKey: killSwitchKey }),
  incidents: (queryClient, event) => updateIncidentEverywhere(queryClient, event.data as Incident),
};

export const STREAM_CHANNELS = Object.keys(HANDLERS);

export function applyEvent(queryClient: QueryClient, event: LiveEvent): void {
  HANDLERS[event.channel]?.(queryClient, event);
}

export function applyQuotes(queryClient: QueryClient, quotes: unknown[]): void {
  for (const quote of quotes as Quote[]) updateQuote(queryClient, quote);
}

/** Everything the stream feeds; what it may have missed is read again. */
const LIVE_KEYS = [["orders"], ["fills"], ["positions"], ["accounts"], ["gateway"], ["incidents"], killSwitchKey] as const;

export function refetchLiveData(queryClient: QueryClient): void {
  for (const queryKey of LIVE_KEYS) void queryClient.invalidateQueries({ queryKey });
}
