/** Candles and volume of one symbol with lines at its working orders and its cost. Loaded only when shown. */
import {
  CandlestickSeries, ColorType, createChart, CrosshairMode, HistogramSeries, type IChartApi, type IPriceLine, type ISeriesApi, LineStyle,
} from "lightweight-charts";
import { useEffect, useMemo, useRef } from "react";

import type { Bar } from "@/types/models";

import { advanceCandle, type Candle, toCandles, toVolume } from "../candles";

export interface PriceMark {
  price: number;
  label: string;
  tone: "buy" | "sell" | "position";
}

export interface PriceChartProps {
  bars: readonly Bar[];
  barSeconds: number;
  decimals: number;
  lastPrice: number | null;
  marks: readonly PriceMark[];
  colorScheme: "light" | "dark";
  label: string;
}

interface Drawing {
  chart: IChartApi;
  candles: ISeriesApi<"Candlestick">;
  volume: ISeriesApi<"Histogram">;
}

function cssColor(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function palette() {
  return {
    up: cssColor("--desk-up"),
    down: cssColor("--desk-down"),
    line: cssColor("--desk-line"),
    text: cssColor("--mantine-color-dimmed"),
    panel: cssColor("--desk-panel"),
    info: cssColor("--desk-info"),
  };
}

function draw(container: HTMLElement): Drawing {
  const chart = createChart(container, {
    autoSize: true,
    layout: { attributionLogo: true, fontFamily: "system-ui, sans-serif", fontSize: 11 },
    crosshair: { mode: CrosshairMode.Normal },
    timeScale: { timeVisible: true, secondsVisible: false, borderVisible: false, rightOffset: 4 },
    rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.08, bottom: 0.22 } },
  });
  const candles = chart.addSeries(CandlestickSeries, { borderVisible: true });
  const volume = chart.addSeries(HistogramSeries, { priceFormat: { type: "volume" }, priceScaleId: "volume", lastValueVisible: false, priceLineVisible: false });
  volume.priceScale().applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
  return { chart, candles, volume };
}

function paint({ chart, candles }: Drawing, decimals: number): void {
  const colors = palette();
  chart.applyOptions({
    layout: { background: { type: ColorType.Solid, color: colors.panel }, textColor: colors.text },
    grid: { vertLines: { color: colors.line }, horzLines: { color: colors.line } },
  });
  // rising candles are hollow, so that colour is not the only sign
  candles.applyOptions({
    upColor: colors.panel, borderUpColor: colors.up, wickUpColor: colors.up, downColor: colors.down, borderDownColor: colors.down, wickDownColor: colors.down,
    priceLineColor: colors.text,
    priceFormat: { type: "price", precision: decimals, minMove: 1 / 10 ** decimals },
  });
}

const volumeColors = () => {
  const { up, down } = palette();
  return { up: `${up}55`, down: `${down}55` };
};

export default function PriceChart({ bars, barSeconds, decimals, lastPrice, marks, colorScheme, label }: PriceChartProps) {
  const containerRef = useRef<HTMLDivElement>(null);
  const drawing = useRef<Drawing | null>(null);
  const newest = useRef<Candle | null>(null);
  const candles = useMemo(() => toCandles(bars), [bars]);

  useEffect(() => {
    if (containerRef.current === null) return;
    const made = draw(containerRef.current);
    drawing.current = made;
    return () => {
      drawing.current = null;
      made.chart.remove();
    };
  }, []);

  useEffect(() => {
    if (drawing.current) paint(drawing.current, decimals);
  }, [colorScheme, decimals]);

  useEffect(() => {
    if (drawing.current === null) return;
    const colors = volumeColors();
    drawing.current.candles.setData(candles);
    drawing.current.volume.setData(candles.map((candle) => toVolume(candle, colors)));
    newest.current = candles.at(-1) ?? null;
  }, [candles, colorScheme]);

  // a new symbol or range starts with everything in view; new bars of the same one leave the view alone
  const firstTime = candles[0]?.time;
  useEffect(() => {
    drawing.current?.chart.timeScale().fitContent();
  }, [firstTime]);

  useEffect(() => {
    if (drawing.current === null || newest.current === null || lastPrice === null) return;
    const next = advanceCandle(newest.current, lastPrice, Date.now(), barSeconds);
    if (next === null) return;
    newest.current = next;
    drawing.current.candles.update(next);
  }, [lastPrice, barSeconds]);

  useEffect(() => {
    const series = drawing.current?.candles;
    if (series === undefined) return;
    const { up, down, info } = palette();
    const colors = { buy: up, sell: down, position: info };
    const lines: IPriceLine[] = marks.map(({ price, label: title, tone }) =>
      series.createPriceLine({ price, title, color: colors[tone], lineWidth: 1, lineStyle: LineStyle.Dashed, axisLabelVisible: true }),
    );
    return () => {
      if (drawing.current?.candles === series) lines.forEach((line) => series.removePriceLine(line));
    };
  }, [marks, colorScheme]);

  return <div ref={containerRef} role="figure" aria-label={label} style={{ position: "absolute", inset: 0 }} />;
}
