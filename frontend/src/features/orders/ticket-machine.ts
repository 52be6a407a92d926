/**
 * The steps of placing an order, as a table of moves.
 *
 * The `client_order_id` is made when a draft is reviewed and stays with that exact order until the desk has answered
 * for certain. A lost answer leads to `uncertain`: the same request can be sent again (the desk then returns the same
 * order) but it cannot be edited, because an edited one would be a second order.
 */
import type { ApiError } from "@/lib/api-error";
import type { Order, PlaceOrder } from "@/types/models";

import { EMPTY_DRAFT, type TicketDraft } from "./ticket";

export type Phase =
  | { name: "editing"; error: ApiError | null }
  | { name: "reviewing"; order: PlaceOrder }
  | { name: "sending"; order: PlaceOrder }
  | { name: "uncertain"; order: PlaceOrder; error: ApiError | null }
  | { name: "placed"; order: Order };

export interface TicketState {
  draft: TicketDraft;
  phase: Phase;
}

export type TicketAction =
  | { type: "changed"; change: Partial<TicketDraft> }
  | { type: "reviewed"; order: PlaceOrder }
  | { type: "wentBack" }
  | { type: "sent" }
  | { type: "answered"; order: Order }
  | { type: "failed"; error: ApiError }
  | { type: "startedNew"; draft?: Partial<TicketDraft> };

const editing: Phase = { name: "editing", error: null };

export function initialTicket(unanswered: PlaceOrder | null): TicketState {
  const phase: Phase = unanswered === null ? editing : { name: "uncertain", order: unanswered, error: null };
  return { draft: EMPTY_DRAFT, phase };
}

/** Whether an order may be on its way that the desk has not answered for. */
export function isInFlight(phase: Phase): phase is Extract<Phase, { name: "sending" | "uncertain" }> {
  return phase.name === "sending" || phase.name === "uncertain";
}

export function ticketReducer(state: TicketState, action: TicketAction): TicketState {
  const { draft, phase } = state;
  switch (action.type) {
    case "changed":
      return isInFlight(phase) ? state : { draft: { ...draft, ...action.change }, phase: editing };
    case "reviewed":
      return isInFlight(phase) ? state : { draft, phase: { name: "reviewing", order: action.order } };
    case "wentBack":
      return phase.name === "reviewing" ? { draft, phase: editing } : state;
    case "sent":
      return phase.name === "reviewing" || phase.name === "uncertain" ? { draft, phase: { name: "sending", order: phase.order } } : state;
    case "answered":
      return phase.name === "sending" ? { draft, phase: { name: "placed", order: action.order } } : state;
    case "failed":
      if (phase.name !== "sending") return state;
      return { draft, phase: action.error.isOutcomeUnknown ? { name: "uncertain", order: phase.order, error: action.error } : { name: "editing", error: action.error } };
    case "startedNew":
      return phase.name === "sending" ? state : { draft: { ...draft, ...action.draft }, phase: editing };
  }
}
