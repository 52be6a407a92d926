/** One order ticket: its draft, its step, and the only way to send it. */
import { useCallback, useEffect, useReducer, useRef } from "react";

import { ApiError, networkError } from "@/lib/api-error";
import type { Instrument, Order, PlaceOrder } from "@/types/models";
import { newUuid } from "@/lib/uuid";

import { usePlaceOrder } from "../api/place-order";
import { type TicketDraft, toPlaceOrder } from "../ticket";
import { initialTicket, isInFlight, type Phase, ticketReducer } from "../ticket-machine";

const UNANSWERED = "desk.unanswered-order";

/** An order that was sent before this page was loaded and never answered for. */
function readUnanswered(): PlaceOrder | null {
  try {
    return JSON.parse(window.sessionStorage.getItem(UNANSWERED) ?? "null") as PlaceOrder | null;
  } catch {
    return null;
  }
}

function keepUnanswered(phase: Phase): void {
  try {
    if (isInFlight(phase)) window.sessionStorage.setItem(UNANSWERED, JSON.stringify(phase.order));
    else window.sessionStorage.removeItem(UNANSWERED);
  } catch {
    // storage may be blocked; the ticket on screen still holds the order
  }
}

export interface OrderTicketControl {
  draft: TicketDraft;
  phase: Phase;
  change: (change: Partial<TicketDraft>) => void;
  review: (instrument: Instrument, account: string) => void;
  goBack: () => void;
  send: () => void;
  startNew: (draft?: Partial<TicketDraft>) => void;
}

export function useOrderTicket({ onPlaced }: { onPlaced?: (order: Order) => void } = {}): OrderTicketControl {
  const [{ draft, phase }, dispatch] = useReducer(ticketReducer, null, () => initialTicket(readUnanswered()));
  const { mutateAsync } = usePlaceOrder();
  const isSending = useRef(false);

  useEffect(() => keepUnanswered(phase), [phase]);

  const send = useCallback(async () => {
    // a second click can come before React has drawn the first one's effect
    if (isSending.current || (phase.name !== "reviewing" && phase.name !== "uncertain")) return;
    isSending.current = true;
    dispatch({ type: "sent" });
    try {
      const order = await mutateAsync(phase.order);
      dispatch({ type: "answered", order });
      onPlaced?.(order);
    } catch (error) {
      dispatch({ type: "failed", error: error instanceof ApiError ? error : networkError() });
    } finally {
      isSending.current = false;
    }
  }, [phase, mutateAsync, onPlaced]);

  return {
    draft,
    phase,
    change: useCallback((change) => dispatch({ type: "changed", change }), []),
    review: (instrument, account) =>
      dispatch({ type: "reviewed", order: toPlaceOrder(draft, instrument, account, newUuid()) }),
    goBack: useCallback(() => dispatch({ type: "wentBack" }), []),
    send: () => void send(),
    startNew: useCallback((next) => dispatch({ type: "startedNew", draft: next }), []),
  };
}
