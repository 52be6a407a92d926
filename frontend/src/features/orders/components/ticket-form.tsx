/** The fields of an order. */
import { Button, Checkbox, NativeSelect, Text, TextInput } from "@mantine/core";
import Big from "big.js";
import { type ReactNode, type RefObject, type SubmitEvent, useState } from "react";

import { DecimalInput } from "@/components/ui/decimal-input";
import { ErrorNote } from "@/components/ui/error-note";
import type { ApiError } from "@/lib/api-error";
import { stepByTick } from "@/lib/decimal";
import { formatMoney } from "@/lib/format";
import { ORDER_TYPES, TIMES_IN_FORCE } from "@/lib/order-words";
import type { OrderType, Quote, Side, TimeInForce } from "@/types/models";

import type { OrderTicketControl } from "../hooks/use-order-ticket";
import { hoursObstacle, lifetimesOf, type PriceTerm, termName, termsOf, typeName } from "../terms";
import { DRAFT_OF, estimateNotional, TICKET_FIELDS, type TicketDraft, type TicketErrors, type TicketField, validateTicket } from "../ticket";
import type { TicketSurroundings } from "./order-ticket";
import styles from "./order-ticket.module.css";
import { SideSwitch } from "./side-switch";

const TIF_NAMES: Record<TimeInForce, string> = {
  DAY: "Day", GTC: "Good till cancelled", GTD: "Good till a date", IOC: "Immediate or cancel", FOK: "Fill or kill", OPG: "At the opening",
};

interface TicketFormProps {
  ticket: OrderTicketControl;
  error: ApiError | null;
  surroundings: TicketSurroundings;
  quantityRef: RefObject<HTMLInputElement | null>;
  renderSearch: (error: string | undefined) => ReactNode;
  quoteStrip: ReactNode;
  facts: ReactNode;
}

const stepWhole = (value: Big, steps: number): Big => {
  const next = value.round(0, Big.roundDown).plus(steps);
  return next.lt(1) ? new Big(1) : next;
};

export function TicketForm({ ticket, error, surroundings, quantityRef, renderSearch, quoteStrip, facts }: TicketFormProps) {
  const { draft, change } = ticket;
  const { instrument, quote, account, obstacle } = surroundings;
  const [wasTried, setWasTried] = useState(false);
  const errors: TicketErrors = validateTicket(draft, instrument);
  const minTick = instrument?.min_tick ?? "0.01";
  const notional = estimateNotional(draft, instrument, quote);

  /** What to show under a field: our own finding once review was tried, else what the server said. */
  const errorOf = (field: TicketField) => (wasTried ? errors[field] : undefined) ?? error?.fieldMessages(field)[0];

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    setWasTried(true);
    if (Object.keys(errors).length > 0 || instrument === null || account === undefined || obstacle !== null) {
      focusFirstError(event.currentTarget);
      return;
    }
    ticket.review(instrument, account);
  };

  return (
    <form className={styles.ticket} onSubmit={submit} noValidate aria-label="Order ticket">
      {renderSearch(errorOf("symbol") ?? error?.fieldMessages("con_id")[0])}
      {quoteStrip}
      <SideSwitch side={draft.side} onChange={(side) => change({ side })} />
      <div className={styles.pair}>
        <DecimalInput
          ref={quantityRef}
          label="Quantity"
          value={draft.quantity}
          onChange={(quantity) => change({ quantity })}
          onFocus={(event) => event.currentTarget.select()}
          stepBy={stepWhole}
          error={errorOf("quantity")}
        />
        <NativeSelect
          label="Order type"
          value={draft.orderType}
          onChange={(event) => change(ofType(event.currentTarget.value as OrderType, draft))}
          data={ORDER_TYPES.map((value) => ({ value, label: typeName(value) }))}
        />
      </div>
      <div className={styles.pair}>
        {termsOf(draft.orderType).map((term) => (
          <DecimalInput
            key={term}
            label={termName(term, draft.orderType)}
            placeholder={hintOf(term, draft.side, quote)}
            value={draft[DRAFT_OF[term]]}
            onChange={(text) => change({ [DRAFT_OF[term]]: text })}
            stepBy={(value, steps) => stepByTick(value, minTick, steps)}
            error={errorOf(term)}
          />
        ))}
        <TifSelect
          value={draft.timeInForce}
          lifetimes={lifetimesOf(draft.orderType)}
          error={errorOf("time_in_force")}
          onChange={(timeInForce) => change({ timeInForce })}
        />
        {draft.timeInForce === "GTD" && (
          <TextInput
            type="datetime-local"
            label="Good till (UTC)"
            value={draft.goodTill}
            onChange={(event) => change({ goodTill: event.currentTarget.value })}
            error={errorOf("good_till_date")}
          />
        )}
      </div>
      {hoursObstacle(draft.orderType) === undefined && (
        <Checkbox
          label="Outside regular trading hours"
          size="xs"
          checked={draft.outsideRth}
          onChange={(event) => change({ outsideRth: event.currentTarget.checked })}
          error={errorOf("outside_rth")}
        />
      )}
      <dl className={styles.facts}>
        <dt>Estimated value</dt>
        <dd>{notional ? `${formatMoney(notional.amount)} ${instrument?.currency ?? ""}` : "–"}</dd>
        {facts}
      </dl>
      {error !== null && <ErrorNote error={error} shownFields={[...TICKET_FIELDS, "con_id"]} />}
      <Button type="submit" size="md" fullWidth color={draft.side === "BUY" ? "var(--desk-buy)" : "var(--desk-sell)"} c="white" disabled={obstacle !== null}>
        Review order
      </Button>
      {obstacle !== null && (
        <Text size="xs" c="var(--desk-warn)" role="status">
          {obstacle}
        </Text>
      )}
    </form>
  );
}

/** The draft as another type: what that type cannot have goes back to what all can. */
function ofType(orderType: OrderType, draft: TicketDraft): Partial<TicketDraft> {
  const timeInForce = lifetimesOf(orderType).includes(draft.timeInForce) ? draft.timeInForce : "DAY";
  return { orderType, timeInForce, outsideRth: false };
}

function hintOf(term: PriceTerm, side: Side, quote: Quote | null): string | undefined {
  if (term === "stop_price") return quote?.last ?? undefined;
  if (term === "limit_price") return (side === "BUY" ? quote?.ask : quote?.bid) ?? undefined;
  return undefined;
}

interface TifSelectProps {
  value: TimeInForce;
  lifetimes: readonly TimeInForce[];
  error: string | undefined;
  onChange: (value: TimeInForce) => void;
}

function TifSelect({ value, lifetimes, error, onChange }: TifSelectProps) {
  return (
    <NativeSelect
      label="Time in force"
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value as TimeInForce)}
      data={TIMES_IN_FORCE.filter((each) => lifetimes.includes(each)).map((each) => ({ value: each, label: TIF_NAMES[each] }))}
    />
  );
}

/** After React has drawn the messages, put the cursor where the first one is. */
function focusFirstError(form: HTMLFormElement): void {
  requestAnimationFrame(() => form.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
}
