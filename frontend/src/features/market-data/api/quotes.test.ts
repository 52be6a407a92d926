import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";

import { aQuote } from "@/testing/samples";

import { judgeFreshness, STALE_MS } from "../hooks/use-freshness";
import { type LiveQuote, quoteKey, updateQuote, withAge } from "./quotes";

const said = Date.parse("2026-11-24T12:00:00Z");

describe("the age of a quote", () => {
  it("counts from now when it is streamed, whatever the server's clock says", () => {
    expect(withAge(aQuote(), undefined, said + 7000, true).seenAt).toBe(said + 7000);
  });

  it("is what it says when it was read, and never in the future", () => {
    expect(withAge(aQuote(), undefined, said + 7000, false).seenAt).toBe(said);
    expect(withAge(aQuote(), undefined, said - 7000, false).seenAt).toBe(said - 7000);
  });

  it("does not shrink when the same quote comes again", () => {
    const known = withAge(aQuote(), undefined, said, true);
    expect(withAge(aQuote(), known, said + 60_000, true).seenAt).toBe(said);
  });

  it("starts now when a quote has no time", () => {
    expect(withAge(aQuote({ time: null }), undefined, said, false).seenAt).toBe(said);
  });
});

describe("freshness", () => {
  const quote: LiveQuote = { ...aQuote(), seenAt: said };

  it("is fresh, then stale with a reason", () => {
    expect(judgeFreshness(quote, said + 2000, true)).toEqual({ ageMs: 2000, isStale: false, reason: null });
    expect(judgeFreshness(quote, said + STALE_MS + 1, true)).toMatchObject({ isStale: true, reason: "Stale: no update" });
  });

  it("is stale as soon as the desk says so, however young", () => {
    const doubted = { ...quote, stale: true, stale_reason: "IB's data farm usfarm is broken" };
    expect(judgeFreshness(doubted, said + 1, true)).toEqual({ ageMs: 1, isStale: true, reason: "Stale: IB's data farm usfarm is broken" });
  });

  it("says when it does not stream, and when there is none", () => {
    expect(judgeFreshness(quote, said + 2000, false)).toMatchObject({ isStale: false, reason: "Not streaming" });
    expect(judgeFreshness(quote, said + STALE_MS, false)).toMatchObject({ isStale: true });
    expect(judgeFreshness(null, said, true)).toEqual({ ageMs: null, isStale: true, reason: "No quote" });
  });
});

it("puts a streamed quote into the cache", () => {
  const queryClient = new QueryClient();
  updateQuote(queryClient, aQuote({ last: "230.00" }));
  expect(queryClient.getQueryData<LiveQuote>(quoteKey("AAPL"))?.last).toBe("230.00");
});
