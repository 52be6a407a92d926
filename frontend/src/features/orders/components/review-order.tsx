/** The last look before an order leaves, and what to do when its answer was lost. */
import { Alert, Button, Text } from "@mantine/core";
import { IconHelpTriangle } from "@tabler/icons-react";
import { type KeyboardEvent, useEffect, useRef } from "react";

import { ErrorNote } from "@/components/ui/error-note";
import { formatMoney, formatPrice, formatQuantity } from "@/lib/format";
import type { PlaceOrder } from "@/types/models";

import type { OrderTicketControl } from "../hooks/use-order-ticket";
import { type PriceTerm, termName, termsOf, typeName } from "../terms";
import { draftOfOrder, estimateNotional } from "../ticket";
import type { Phase } from "../ticket-machine";
import type { TicketSurroundings } from "./order-ticket";
import { PreviewFacts } from "./preview-facts";
import styles from "./order-ticket.module.css";

type ReviewPhase = Exclude<Phase, { name: "editing" | "placed" }>;

interface ReviewOrderProps {
  ticket: OrderTicketControl;
  phase: ReviewPhase;
  surroundings: TicketSurroundings;
}

const typeWords = (type: string): string => (type === "MKT" ? "at market" : typeName(type).toLowerCase());

export function ReviewOrder({ ticket, phase, surroundings }: ReviewOrderProps) {
  const { order } = phase;
  const placeRef = useRef<HTMLButtonElement>(null);
  const isSending = phase.name === "sending";
  const isUncertain = phase.name === "uncertain";
  const color = order.side === "BUY" ? "var(--desk-buy)" : "var(--desk-sell)";

  useEffect(() => placeRef.current?.focus(), []);

  return (
    <section
      aria-label="Review order"
      onKeyDown={(event) => event.key === "Escape" && ticket.goBack()}
      style={{ display: "contents" }}
    >
      <Headline order={order} />
      <Terms order={order} surroundings={surroundings} />
      {!isUncertain && <PreviewFacts order={order} />}
      {surroundings.tradingMode === "live" && (
        <Text size="sm" fw={600} c="var(--desk-down)">
          This is a live account: the order uses real money.
        </Text>
      )}
      {isUncertain && <LostAnswer error={phase.error} />}
      <div className={styles.buttons}>
        {isUncertain ? (
          <Button variant="default" size="md" onClick={() => ticket.startNew()}>
            Set aside
          </Button>
        ) : (
          <Button variant="default" size="md" onClick={ticket.goBack} disabled={isSending}>
            Back
          </Button>
        )}
        <Button ref={placeRef} size="md" color={color} c="white" loading={isSending} onClick={ticket.send} onKeyDown={ignoreHeldKey}>
          {isUncertain ? "Try again" : "Place order"}
        </Button>
      </div>
      <Text size="xs" c="dimmed" aria-hidden>
        {isUncertain ? "Trying again cannot double the order." : "Enter places the order, Esc goes back."}
      </Text>
    </section>
  );
}

/** The Enter that opened the review may still be held down; only a new press places an order. */
function ignoreHeldKey(event: KeyboardEvent): void {
  if (event.repeat) event.preventDefault();
}

function Headline({ order }: { order: PlaceOrder }) {
  return (
    <div className={styles.headline} data-side={order.side}>
      <span>
        {order.side === "BUY" ? "▲ Buy" : "▼ Sell"} {typeWords(order.order_type)}
      </span>
      <strong>
        {formatQuantity(order.quantity)} {order.symbol}
      </strong>
    </div>
  );
}

function Terms({ order, surroundings }: { order: PlaceOrder; surroundings: TicketSurroundings }) {
  const { instrument, quote, tradingMode } = surroundings;
  const notional = estimateNotional(draftOfOrder(order), instrument, quote);
  const rows: [string, string | null][] = [
    ...termsOf(order.order_type).map((term): [string, string | null] => [
      termName(term, order.order_type).replace(" (optional)", ""), termWords(term, order[term], instrument?.min_tick),
    ]),
    ["Time in force", order.time_in_force ?? "DAY"],
    ["Good till", order.good_till_date ? `${order.good_till_date.replace("T", " ").replace("Z", "")} UTC` : null],
    ["Hours", order.outside_rth ? "Regular and extended" : "Regular"],
    ["Estimated value", notional && `${formatMoney(notional.amount)} ${instrument?.currency ?? ""} at ${notional.basis}`],
    ["Account", `${order.account ?? ""}${tradingMode === undefined ? "" : ` (${tradingMode})`}`],
  ];
  return (
    <dl className={styles.facts}>
      {rows.map(
        ([name, value]) =>
          value && (
            <div key={name} style={{ display: "contents" }}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

function termWords(term: PriceTerm, value: string | undefined, minTick: string | undefined): string | null {
  if (!value) return null;
  return term === "trailing_percent" ? `${formatQuantity(value)}%` : formatPrice(value, minTick);
}

function LostAnswer({ error }: { error: Extract<Phase, { name: "uncertain" }>["error"] }) {
  return (
    <>
      <Alert role="alert" color="yellow" variant="light" p="xs" icon={<IconHelpTriangle size={16} aria-hidden />} title="The desk did not answer">
        <Text size="sm">
          The order may or may not have been taken. Try again sends the same order under the same id, so it cannot happen twice. If you set it
          aside, look at the working orders before placing it anew.
        </Text>
      </Alert>
      {error && error.status > 0 && <ErrorNote error={error} />}
    </>
  );
}
