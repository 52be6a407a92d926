import { expect, it } from "vitest";

import { parseDeskSearch } from "./search";
import { safeNext } from "./sign-in";

it("keeps a good address", () => {
  const search = { symbol: "aapl", account: "DU1", view: "orders", order: "abc", status: "unknown" };
  expect(parseDeskSearch(search)).toEqual({ ...search, symbol: "AAPL" });
});

it.each([
  [{ symbol: "<script>alert(1)</script>" }],
  [{ symbol: ["AAPL"] }],
  [{ view: "everything" }],
  [{ status: "dead" }],
  [{ account: "" }],
  [{ unheard: "of" }],
])("drops %j", (search) => {
  expect(parseDeskSearch(search)).toEqual({});
});

it("knows symbols that look like numbers or have dots and spaces", () => {
  expect(parseDeskSearch({ symbol: 700 })).toEqual({ symbol: "700" });
  expect(parseDeskSearch({ symbol: "BRK B" })).toEqual({ symbol: "BRK B" });
});

it.each([
  ["/?symbol=AAPL", "/?symbol=AAPL"],
  ["//evil.test/", "/"],
  ["/\\evil.test", "/"],
  ["https://evil.test/", "/"],
  ["javascript:alert(1)", "/"],
  [undefined, "/"],
])("after signing in %j leads to %s", (next, path) => {
  expect(safeNext(next)).toBe(path);
});
