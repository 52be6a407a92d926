/** Net liquidation over time; a hatched band where nothing is known. */
import { SegmentedControl, Text } from "@mantine/core";
import { useState } from "react";

import { ErrorNote } from "@/components/ui/error-note";
import { When } from "@/components/ui/when";
import { formatMoney } from "@/lib/format";
import type { AccountEquity } from "@/types/models";

import { type EquityRange, useEquity } from "../api/equity";
import { drawEquity, type Spot } from "../equity-lines";
import styles from "./equity-chart.module.css";

const RANGES: { value: EquityRange; label: string }[] = [
  { value: "day", label: "1 D" },
  { value: "month", label: "1 M" },
  { value: "year", label: "1 Y" },
];
const WIDTH = 600;
const HEIGHT = 120;
const EDGE = 4;

const x = (share: number) => (share * WIDTH).toFixed(1);
const y = (share: number) => (EDGE + (1 - share) * (HEIGHT - 2 * EDGE)).toFixed(1);
const path = (line: readonly Spot[]) => line.map((spot, index) => `${index === 0 ? "M" : "L"}${x(spot.x)} ${y(spot.y)}`).join(" ");

export function EquityChart({ account }: { account: string }) {
  const [range, setRange] = useState<EquityRange>("day");
  const { data, error } = useEquity(account, range);
  return (
    <section aria-label="Equity history" className={styles.section}>
      <header className={styles.header}>
        <Text fw={600} size="sm">
          Net liquidation
        </Text>
        <SegmentedControl size="xs" data={RANGES} value={range} onChange={(value) => setRange(value)} aria-label="Range of the history" />
      </header>
      {Boolean(error) && <ErrorNote error={error} />}
      {data && <Drawing equity={data} />}
    </section>
  );
}

function Drawing({ equity }: { equity: AccountEquity }) {
  const drawing = drawEquity(equity);
  const first = equity.points[0];
  const last = equity.points.at(-1);
  if (drawing === null || first === undefined || last === undefined) {
    return (
      <Text size="sm" c="dimmed">
        Nothing is known of this time yet. A snapshot is kept every minute while IB streams the account.
      </Text>
    );
  }
  const gaps = equity.gaps.length === 1 ? "1 gap" : `${equity.gaps.length} gaps`;
  const summary = `Net liquidation from ${formatMoney(first.net_liquidation)} to ${formatMoney(last.net_liquidation)} ${last.currency}, ${gaps}`;
  return (
    <figure className={styles.figure}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={summary} className={styles.chart}>
        <defs>
          <pattern id="unknown" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <line x1="0" y1="0" x2="0" y2="6" className={styles.hatch} />
          </pattern>
        </defs>
        {drawing.gaps.map((gap) => (
          <rect key={gap.from} x={x(gap.from)} y={0} width={x(gap.to - gap.from)} height={HEIGHT} fill="url(#unknown)" />
        ))}
        {drawing.lines.map((line) => (
          <path key={line[0]?.x} d={line.length === 1 ? `${path(line)} h1` : path(line)} className={styles.line} />
        ))}
      </svg>
      <figcaption className={styles.caption}>
        <span>
          {formatMoney(String(drawing.low))} to {formatMoney(String(drawing.high))} {last.currency}
        </span>
        <span>
          <When time={first.at} /> to <When time={last.at} />
          {equity.gaps.length > 0 && ` · hatched: not known (${gaps})`}
        </span>
      </figcaption>
    </figure>
  );
}
