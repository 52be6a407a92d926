import { expect, it, vi } from "vitest";

import { fetchAllPages, nextCursor, upsert } from "./pages";

it("finds the cursor in absolute and relative addresses", () => {
  expect(nextCursor({ next: "http://desk.test/api/v1/orders/?cursor=abc%3D&status=working" })).toBe("abc=");
  expect(nextCursor({ next: "/api/v1/orders/?cursor=x" })).toBe("x");
  expect(nextCursor({ next: null })).toBeUndefined();
});

it("reads every page in order", async () => {
  const pages: Record<string, string | null> = { "": "b", b: "c", c: null };
  const fetchPage = vi.fn((cursor: string | undefined) => {
    const next = pages[cursor ?? ""] ?? null;
    return Promise.resolve({ results: [cursor ?? "a"], next: next && `/x/?cursor=${next}`, previous: null });
  });
  expect(await fetchAllPages(fetchPage)).toEqual(["a", "b", "c"]);
});

it("stops at a limit when a server's pages never end", async () => {
  const fetchPage = vi.fn(() => Promise.resolve({ results: ["x"], next: "/x/?cursor=again", previous: null }));
  expect(await fetchAllPages(fetchPage)).toHaveLength(20);
});

it("replaces in place and puts new rows in front", () => {
  const rows = [{ id: 1, at: "old" }, { id: 2, at: "old" }];
  expect(upsert(rows, { id: 2, at: "new" }, ({ id }) => id)).toEqual([{ id: 1, at: "old" }, { id: 2, at: "new" }]);
  expect(upsert(rows, { id: 3, at: "new" }, ({ id }) => id)[0]).toEqual({ id: 3, at: "new" });
  expect(rows).toHaveLength(2);
});
