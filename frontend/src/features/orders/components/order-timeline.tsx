/** The story of one order: every recorded fact in time order, with IB's own words on request. */
import { Loader, Text } from "@mantine/core";

import { ErrorNote } from "@/components/ui/error-note";
import { When } from "@/components/ui/when";
import type { OrderEvent } from "@/types/models";

import { useOrderEvents } from "../api/order-detail";
import { factsOf, rawWords, sentenceOf } from "../order-story";
import { statusWords } from "./status-pill";
import styles from "./order-timeline.module.css";

const SOURCE_WORDS: Record<OrderEvent["source"], string> = { api: "the desk", gateway: "the gateway", ib: "IB", sync: "IB, at a re-sync", person: "a person" };

export function OrderTimeline({ orderId }: { orderId: string }) {
  const { data: events, error } = useOrderEvents(orderId);
  if (error) return <ErrorNote error={error} />;
  if (events === undefined) return <Loader size="sm" aria-label="Loading the trade log" />;
  return (
    <ol className={styles.timeline} aria-label="Trade log">
      {events.map((event) => (
        <TimelineItem key={event.id} event={event} />
      ))}
    </ol>
  );
}

function TimelineItem({ event }: { event: OrderEvent }) {
  const { title, tone } = sentenceOf(event);
  const facts = factsOf(event);
  const raw = rawWords(event.ib_message);
  return (
    <li className={styles.item} data-tone={tone}>
      <div className={styles.line}>
        <strong>{title}</strong>
        <When time={event.at} />
      </div>
      {event.is_anomaly && (
        <Text size="sm" c="var(--desk-warn)">
          Not foreseen: recorded, nothing was changed
        </Text>
      )}
      {facts && <Text size="sm">{facts}</Text>}
      <Text size="xs" c="dimmed">
        by {event.actor ?? SOURCE_WORDS[event.source]}
        {event.status_after !== event.status_before && ` · now ${statusWords(event.status_after)}`}
      </Text>
      {raw !== null && (
        <details className={styles.raw}>
          <summary>IB’s words</summary>
          <pre tabIndex={0}>{raw}</pre>
        </details>
      )}
    </li>
  );
}
