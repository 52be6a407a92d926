/** The chart of the chosen instrument with its head: name, last price, change, range. */
import { Loader, SegmentedControl, Text, useComputedColorScheme } from "@mantine/core";
import Big from "big.js";
import { lazy, Suspense, useState } from "react";

import { ErrorNote } from "@/components/ui/error-note";
import { Gain } from "@/components/ui/gain";
import { Panel } from "@/components/ui/panel";
import { parseDecimal, tickDecimals, toNumber } from "@/lib/decimal";
import { formatCompact, formatPrice } from "@/lib/format";
import type { Instrument } from "@/types/models";

import { CHART_RANGES, type ChartRange, DEFAULT_RANGE, useBars } from "../api/bars";
import { type LiveQuote, useQuote } from "../api/quotes";
import { useFreshness } from "../hooks/use-freshness";
import styles from "./chart-panel.module.css";
import type { PriceMark } from "./price-chart";

const PriceChart = lazy(() => import("./price-chart"));

interface ChartPanelProps {
  instrument: Instrument;
  marks: readonly PriceMark[];
  className?: string;
}

export function ChartPanel({ instrument, marks, className }: ChartPanelProps) {
  const [range, setRange] = useState<ChartRange>(DEFAULT_RANGE);
  const { data: quote } = useQuote(instrument.symbol);
  return (
    <Panel label={`${instrument.symbol} chart`} className={className}>
      <header className={styles.head}>
        <div className={styles.name}>
          <h2>{instrument.symbol}</h2>
          <Text size="xs" c="dimmed" truncate>
            {instrument.long_name} · {instrument.primary_exchange || instrument.exchange}
          </Text>
        </div>
        <Price quote={quote} minTick={instrument.min_tick} />
        <DayFigures quote={quote} minTick={instrument.min_tick} />
        <SegmentedControl
          className={styles.ranges}
          size="xs"
          aria-label="Chart range"
          data={CHART_RANGES.map(({ label }) => label)}
          value={range.label}
          onChange={(label) => setRange(CHART_RANGES.find((each) => each.label === label) ?? range)}
        />
      </header>
      <Bars instrument={instrument} range={range} quote={quote} marks={marks} />
    </Panel>
  );
}

/** Change since the previous close: amount and per cent. */
export function dayChange(quote: Pick<LiveQuote, "last" | "close"> | null | undefined): { amount: string; percent: string } | null {
  const [last, close] = [parseDecimal(quote?.last), parseDecimal(quote?.close)];
  if (last === null || close === null || close.lte(0)) return null;
  const amount = last.minus(close);
  return { amount: amount.toFixed(), percent: amount.times(100).div(close).round(2, Big.roundHalfUp).toFixed() };
}

function Price({ quote, minTick }: { quote: LiveQuote | null | undefined; minTick: string }) {
  const { isStale } = useFreshness(quote);
  const change = dayChange(quote);
  return (
    <div className={styles.price} data-stale={isStale}>
      <strong>{formatPrice(quote?.last, minTick)}</strong>
      {change && (
        <span>
          <Gain value={change.amount} withArrow /> (<Gain value={change.percent} suffix=" %" />)
        </span>
      )}
    </div>
  );
}

function DayFigures({ quote, minTick }: { quote: LiveQuote | null | undefined; minTick: string }) {
  const figures = [
    ["Open", formatPrice(quote?.open, minTick)],
    ["High", formatPrice(quote?.high, minTick)],
    ["Low", formatPrice(quote?.low, minTick)],
    ["Volume", formatCompact(quote?.volume)],
  ];
  return (
    <dl className={styles.figures}>
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface BarsProps {
  instrument: Instrument;
  range: ChartRange;
  quote: LiveQuote | null | undefined;
  marks: readonly PriceMark[];
}

function Bars({ instrument, range, quote, marks }: BarsProps) {
  const { data, error, isPending } = useBars(instrument.symbol, range);
  const colorScheme = useComputedColorScheme("light");
  const isEmpty = data?.bars.length === 0;
  return (
    <div className={styles.body}>
      {isPending && <Loader className={styles.centre} size="sm" aria-label="Loading the chart" />}
      {error && !data && (
        <div className={styles.centre}>
          <ErrorNote error={error} />
        </div>
      )}
      {isEmpty && (
        <Text className={styles.centre} c="dimmed">
          No bars for this range.
        </Text>
      )}
      {data && !isEmpty && (
        <Suspense fallback={<Loader className={styles.centre} size="sm" aria-label="Loading the chart" />}>
          <PriceChart
            bars={data.bars}
            barSeconds={range.barSeconds}
            decimals={tickDecimals(instrument.min_tick)}
            lastPrice={toNumber(quote?.last)}
            marks={marks}
            colorScheme={colorScheme}
            label={`Price chart of ${instrument.symbol}, ${range.name}; last ${formatPrice(quote?.last, instrument.min_tick)}`}
          />
        </Suspense>
      )}
    </div>
  );
}
