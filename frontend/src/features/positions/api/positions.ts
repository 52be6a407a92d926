/** What each account holds, kept live by the stream. */
import { type QueryClient, useQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/lib/api-client";
import { signOf } from "@/lib/decimal";
import { liveJournal } from "@/lib/live-journal";
import { useFallbackPolling } from "@/lib/live-status";
import { fetchAllPages, upsert } from "@/lib/pages";
import type { Position } from "@/types/models";

export const positionKeys = {
  all: ["positions"] as const,
  list: (account: string | undefined) => ["positions", account ?? null] as const,
};

const keyOf = (position: Position) => `${position.account}/${position.con_id}`;

/** Positions after news about one; older news is ignored. */
export function applyPosition(positions: readonly Position[], news: Position, account: string | undefined): Position[] {
  const known = positions.find((position) => keyOf(position) === keyOf(news));
  const isOld = known !== undefined && known.as_of > news.as_of;
  const isForeign = account !== undefined && news.account !== account;
  return isOld || isForeign ? [...positions] : upsert(positions, news, keyOf);
}

export function updatePositionEverywhere(queryClient: QueryClient, news: Position): void {
  for (const [key] of queryClient.getQueriesData({ queryKey: positionKeys.all })) {
    const account = (key[1] as string | null) ?? undefined;
    queryClient.setQueryData<Position[]>(key, (positions) => positions && applyPosition(positions, news, account));
  }
}

export function usePositions(account: string | undefined) {
  return useQuery({
    queryKey: positionKeys.list(account),
    queryFn: ({ signal }) =>
      liveJournal.fetchThenReplay<Position, Position[]>(
        "positions",
        () => fetchAllPages((cursor) => unwrap(api.GET("/api/v1/positions/", { params: { query: { account, cursor } }, signal }))),
        (positions, news) => applyPosition(positions, news, account),
      ),
    refetchInterval: useFallbackPolling(),
  });
}

/** Whether there is something to show: it is held, or our fills say that it should be. */
export function isShown({ quantity, differs_since }: Position): boolean {
  return signOf(quantity) !== 0 || differs_since !== null;
}
