import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";

import { anOrder } from "@/testing/samples";
import type { Order } from "@/types/models";

import { applyOrder, applyOrderToPages, findOrder, isWorkingIn, newerOrder, orderKeys, type OrderPages, passes, updateOrderEverywhere } from "./order-cache";

const first = anOrder({ id: "1", created_at: "2026-11-24T12:00:01Z" });
const second = anOrder({ id: "2", created_at: "2026-11-24T12:00:02Z" });
const everything = () => true;

function pages(...lists: Order[][]): OrderPages {
  return {
    pages: lists.map((results, index) => ({ results, next: index < lists.length - 1 ? "/?cursor=x" : null, previous: null })),
    pageParams: lists.map(() => undefined),
  };
}

describe("applyOrder", () => {
  it("adds a new order in front and changes a known one in place", () => {
    expect(applyOrder([first], second, everything)).toEqual([second, first]);
    const changed = { ...first, status: "filled" as const, last_event_seq: 11 };
    expect(applyOrder([second, first], changed, everything)).toEqual([second, changed]);
  });

  it("is the same twice as once", () => {
    const once = applyOrder([first], second, everything);
    expect(applyOrder(once, second, everything)).toEqual(once);
  });

  it("does not let older news undo newer", () => {
    const filled = { ...first, status: "filled" as const, last_event_seq: 20 };
    expect(applyOrder([filled], { ...first, last_event_seq: 15 }, everything)).toEqual([filled]);
    expect(newerOrder(undefined, first)).toBe(first);
  });

  it("removes an order that is finished from the working ones", () => {
    expect(applyOrder([first, second], { ...first, status: "filled", last_event_seq: 11 }, isWorkingIn("DU1"))).toEqual([second]);
  });

  it("keeps an order whose fate is unknown among the working ones", () => {
    expect(applyOrder([first], { ...first, status: "unknown", last_event_seq: 11 }, isWorkingIn(undefined))).toHaveLength(1);
  });

  it("ignores other accounts and statuses", () => {
    expect(applyOrder([], anOrder({ account: "DU2" }), isWorkingIn("DU1"))).toEqual([]);
    expect([passes({})(first), passes({ status: "filled" })(first), passes({ account: "DU2" })(first)]).toEqual([true, false, false]);
  });
});

describe("applyOrderToPages", () => {
  it("changes an order on the page where it stands", () => {
    const changed = { ...first, status: "filled" as const, last_event_seq: 11 };
    expect(applyOrderToPages(pages([second], [first]), changed, everything).pages.map(({ results }) => results)).toEqual([[second], [changed]]);
  });

  it("puts a new order on the first page", () => {
    expect(applyOrderToPages(pages([first]), second, everything).pages[0]?.results).toEqual([second, first]);
  });

  it("does not pull an old order from beyond the loaded pages to the top", () => {
    const loaded = { ...pages([second]), pages: [{ results: [second], next: "/?cursor=more", previous: null }] };
    expect(applyOrderToPages(loaded, first, everything)).toBe(loaded);
  });
});

describe("updateOrderEverywhere", () => {
  it("reaches the working orders, the history, the detail, and asks for the log again", () => {
    const queryClient = new QueryClient();
    queryClient.setQueryData(orderKeys.working("DU1"), [first]);
    queryClient.setQueryData(orderKeys.working("DU2"), []);
    queryClient.setQueryData(orderKeys.history({ account: "DU1", status: undefined }), pages([first]));
    queryClient.setQueryData(orderKeys.detail("1"), first);
    queryClient.setQueryData(orderKeys.events("1"), []);

    updateOrderEverywhere(queryClient, { ...first, status: "filled", last_event_seq: 11 });

    expect(queryClient.getQueryData(orderKeys.working("DU1"))).toEqual([]);
    expect(queryClient.getQueryData(orderKeys.working("DU2"))).toEqual([]);
    expect(queryClient.getQueryData<OrderPages>(orderKeys.history({ account: "DU1" }))?.pages[0]?.results[0]?.status).toBe("filled");
    expect(queryClient.getQueryData<Order>(orderKeys.detail("1"))?.status).toBe("filled");
    expect(queryClient.getQueryState(orderKeys.events("1"))?.isInvalidated).toBe(true);
    expect(findOrder(queryClient, "1")?.status).toBe("filled");
    expect(findOrder(queryClient, "nobody")).toBeUndefined();
  });

  it("does not invent lists that nobody has read", () => {
    const queryClient = new QueryClient();
    updateOrderEverywhere(queryClient, first);
    expect(queryClient.getQueryCache().findAll({ queryKey: ["orders", "working"] })).toEqual([]);
    expect(queryClient.getQueryCache().findAll({ queryKey: ["orders", "history"] })).toEqual([]);
  });

  it("does not bring a finished order back when the answer to its POST comes last", () => {
    const queryClient = new QueryClient();
    queryClient.setQueryData(orderKeys.working(undefined), []);
    updateOrderEverywhere(queryClient, { ...first, status: "working", last_event_seq: 12 });
    updateOrderEverywhere(queryClient, { ...first, status: "filled", last_event_seq: 14 });
    updateOrderEverywhere(queryClient, { ...first, status: "pending_submit", last_event_seq: 11 });
    expect(queryClient.getQueryData(orderKeys.working(undefined))).toEqual([]);
    expect(findOrder(queryClient, first.id)?.status).toBe("filled");
  });
});
