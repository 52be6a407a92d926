/** Search for instruments, and read one by its symbol. */
import { keepPreviousData, queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";
import type { Instrument } from "@/types/models";

async function searchInstruments(search: string, signal: AbortSignal): Promise<Instrument[]> {
  const page = await unwrap(api.GET("/api/v1/instruments/", { params: { query: { search } }, signal }));
  return page.results;
}

const searchKey = (search: string) => ["instruments", "search", search.trim().toUpperCase()] as const;

function searchQuery(search: string) {
  return queryOptions({
    queryKey: searchKey(search),
    queryFn: ({ signal }) => searchInstruments(search.trim(), signal),
    staleTime: 5 * 60_000,
  });
}

export function useInstrumentSearch(search: string) {
  return useQuery({ ...searchQuery(search), enabled: search.trim() !== "", placeholderData: keepPreviousData });
}

/** Look up what was typed at once: the instrument of exactly that symbol, else the first found. */
export function useFindInstrument(): (text: string) => Promise<Instrument | undefined> {
  const queryClient = useQueryClient();
  return async (text) => {
    const found = await queryClient.query(searchQuery(text));
    return found.find((each) => each.symbol === text.trim().toUpperCase()) ?? found[0];
  };
}

/** The instrument that bears exactly this symbol, null when there is none. */
export function useInstrument(symbol: string | undefined) {
  return useQuery({
    ...searchQuery(symbol ?? ""),
    enabled: symbol !== undefined,
    select: (instruments) => instruments.find((each) => each.symbol === symbol) ?? null,
  });
}
