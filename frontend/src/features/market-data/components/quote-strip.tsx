/** Bid, last and ask of one symbol with sizes and age; a click on a price takes it over. */
import { Tooltip, UnstyledButton } from "@mantine/core";
import { IconAlertTriangle, IconClock } from "@tabler/icons-react";

import { formatAge, formatPrice, formatQuantity } from "@/lib/format";

import type { LiveQuote } from "../api/quotes";
import { type Freshness, useFreshness } from "../hooks/use-freshness";
import styles from "./quote-strip.module.css";

interface QuoteStripProps {
  quote: LiveQuote | null | undefined;
  minTick: string | undefined;
  onPickPrice?: (price: string) => void;
}

export function QuoteStrip({ quote, minTick, onPickPrice }: QuoteStripProps) {
  const freshness = useFreshness(quote);
  return (
    <div className={styles.strip} data-stale={freshness.isStale} role="group" aria-label="Quote">
      <Touch label="Bid" price={quote?.bid} size={quote?.bid_size} minTick={minTick} onPick={onPickPrice} />
      <div className={styles.last}>
        <span className={styles.label}>Last</span>
        <strong>{formatPrice(quote?.last, minTick)}</strong>
        <Age freshness={freshness} />
      </div>
      <Touch label="Ask" price={quote?.ask} size={quote?.ask_size} minTick={minTick} onPick={onPickPrice} />
    </div>
  );
}

interface TouchProps {
  label: "Bid" | "Ask";
  price: string | null | undefined;
  size: string | null | undefined;
  minTick: string | undefined;
  onPick: ((price: string) => void) | undefined;
}

function Touch({ label, price, size, minTick, onPick }: TouchProps) {
  const body = (
    <>
      <span className={styles.label}>{label}</span>
      <strong>{formatPrice(price, minTick)}</strong>
      <span className={styles.size}>× {formatQuantity(size)}</span>
    </>
  );
  if (!price || !onPick) return <div className={styles.touch}>{body}</div>;
  return (
    <Tooltip label={`Use the ${label.toLowerCase()} as limit price`}>
      <UnstyledButton className={styles.touch} onClick={() => onPick(price)}>
        {body}
      </UnstyledButton>
    </Tooltip>
  );
}

function Age({ freshness: { ageMs, isStale, reason } }: { freshness: Freshness }) {
  const Icon = isStale ? IconAlertTriangle : IconClock;
  const words = [reason, ageMs !== null && `${formatAge(ageMs)} ago`].filter(Boolean).join(", ");
  return (
    <span className={styles.age}>
      <Icon size={11} stroke={2} aria-hidden /> {words}
    </span>
  );
}
