/** Historical bars of a symbol. */
import { useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";
import type { operations } from "@/types/api";

type BarSize = NonNullable<operations["bars_list"]["parameters"]["query"]["bar_size"]>;

export interface ChartRange {
  label: string;
  name: string;
  duration: string;
  barSize: BarSize;
  barSeconds: number;
}

export const DEFAULT_RANGE: ChartRange = { label: "1D", name: "1 day of 5 minute bars", duration: "1 D", barSize: "5 mins", barSeconds: 300 };

export const CHART_RANGES: readonly ChartRange[] = [
  DEFAULT_RANGE,
  { label: "5D", name: "5 days of 30 minute bars", duration: "5 D", barSize: "30 mins", barSeconds: 1800 },
  { label: "1M", name: "1 month of hourly bars", duration: "1 M", barSize: "1 hour", barSeconds: 3600 },
  { label: "1Y", name: "1 year of daily bars", duration: "1 Y", barSize: "1 day", barSeconds: 86_400 },
];

export function useBars(symbol: string, range: ChartRange) {
  return useQuery({
    queryKey: ["bars", symbol, range.duration, range.barSize],
    queryFn: ({ signal }) => {
      const query = { symbol, duration: range.duration, bar_size: range.barSize };
      return unwrap(api.GET("/api/v1/bars/", { params: { query }, signal }));
    },
    staleTime: 60_000,
    refetchInterval: 60_000,
    refetchOnWindowFocus: false,
  });
}
