/** The desk's address as state: read what it says, change one part of it. */
import { getRouteApi } from "@tanstack/react-router";
import { useCallback } from "react";

import type { DeskSearch } from "../routes/search";

const route = getRouteApi("/");

export function useDeskSearch(): [DeskSearch, (change: Partial<DeskSearch>) => void] {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const update = useCallback(
    (change: Partial<DeskSearch>) => {
      // opening an order is a step one can walk back from; the rest replaces where one stands
      void navigate({ search: (before) => ({ ...before, ...change }), replace: !("order" in change) });
    },
    [navigate],
  );
  return [search, update];
}
