/** The order ticket: fill in, review, place. */
import type { ReactNode, RefObject } from "react";

import type { Instrument, PlaceOrder, Quote } from "@/types/models";

import type { OrderTicketControl } from "../hooks/use-order-ticket";
import styles from "./order-ticket.module.css";
import { PlacedNote } from "./placed-note";
import { ReviewOrder } from "./review-order";
import { TicketForm } from "./ticket-form";

export interface TicketSurroundings {
  instrument: Instrument | null;
  quote: Quote | null;
  account: string | undefined;
  tradingMode: string | undefined;
  /** Why nothing can be sent now, or null. */
  obstacle: string | null;
}

interface OrderTicketProps {
  ticket: OrderTicketControl;
  surroundings: TicketSurroundings;
  quantityRef: RefObject<HTMLInputElement | null>;
  /** The search field and the quote belong to market data, the position to positions: the route puts them in. */
  renderSearch: (error: string | undefined) => ReactNode;
  quoteStrip: ReactNode;
  facts: ReactNode;
  onOpenOrder: (id: string) => void;
}

export function OrderTicket({ ticket, surroundings, quantityRef, renderSearch, quoteStrip, facts, onOpenOrder }: OrderTicketProps) {
  const { phase } = ticket;
  if (phase.name === "editing") {
    return <TicketForm ticket={ticket} error={phase.error} {...{ surroundings, quantityRef, renderSearch, quoteStrip, facts }} />;
  }
  return (
    <div className={styles.ticket}>
      {phase.name === "placed" ? (
        <PlacedNote order={phase.order} onOpen={() => onOpenOrder(phase.order.id)} onNew={() => ticket.startNew()} />
      ) : (
        <>
          {isSameInstrument(phase.order, surroundings) && quoteStrip}
          <ReviewOrder
            ticket={ticket}
            phase={phase}
            surroundings={isSameInstrument(phase.order, surroundings) ? surroundings : { ...surroundings, instrument: null, quote: null }}
          />
        </>
      )}
    </div>
  );
}

/** The desk may look at another instrument by now; its prices say nothing about the order under review. */
function isSameInstrument(order: PlaceOrder, { instrument }: TicketSurroundings): boolean {
  return instrument?.con_id === order.con_id;
}
