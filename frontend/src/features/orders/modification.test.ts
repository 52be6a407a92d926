import { describe, expect, it } from "vitest";

import { anOrder } from "@/testing/samples";

import { changeableTerms, changesOf, draftOf, validateModification } from "./modification";

const order = anOrder({ filled_quantity: "40" });
const nothing = {
  limit_price: "", stop_price: "", trailing_amount: "", trailing_percent: "", limit_offset: "", offset_amount: "", good_till_date: "", outside_rth: false,
};

describe("a modification", () => {
  it("starts from what the order says", () => {
    expect(draftOf(order)).toEqual({ ...nothing, quantity: "100", limit_price: "228.50" });
  });

  it("sends only what differs by value, not by spelling", () => {
    expect(changesOf({ ...nothing, quantity: "100.0", limit_price: "228.5" }, order)).toBeNull();
    expect(changesOf({ ...nothing, quantity: "150", limit_price: "228.5" }, order)).toEqual({ quantity: "150" });
    expect(changesOf({ ...nothing, quantity: "100", limit_price: "228.40", stop_price: "7" }, order)).toEqual({ limit_price: "228.4" });
  });

  it("cannot go to or below what is filled", () => {
    expect(validateModification({ ...draftOf(order), quantity: "40" }, order, "0.01")).toEqual({ quantity: "Must be more than the 40 already filled" });
    expect(validateModification({ ...draftOf(order), quantity: "41" }, order, "0.01")).toEqual({});
  });

  it("checks the prices of the order's type", () => {
    expect(validateModification({ ...draftOf(order), limit_price: "1.005" }, order, "0.01")).toHaveProperty("limit_price");
    const stop = anOrder({ order_type: "STP", limit_price: null, stop_price: "220" });
    expect(validateModification({ ...draftOf(stop), stop_price: "" }, stop, "0.01")).toEqual({ stop_price: "Enter a price" });
  });

  it("changes the trail that the order has, its stop, its date and its hours", () => {
    const trail = anOrder({ order_type: "TRAIL", limit_price: null, trailing_percent: "2.5", stop_price: null, time_in_force: "GTD", good_till_date: "2026-12-31T21:00:00Z" });
    expect(changeableTerms(trail)).toEqual(["stop_price", "trailing_percent"]);
    const draft = { ...draftOf(trail), trailing_percent: "3", stop_price: "220", good_till_date: "2027-01-04T21:00", outside_rth: true };
    expect(validateModification(draft, trail, "0.01", new Date("2026-11-25T00:00:00Z"))).toEqual({});
    expect(changesOf(draft, trail)).toEqual({ trailing_percent: "3", stop_price: "220", good_till_date: "2027-01-04T21:00:00Z", outside_rth: true });
    expect(changesOf(draftOf(trail), trail)).toBeNull();
    expect(validateModification({ ...draft, good_till_date: "2026-01-01T00:00" }, trail, "0.01")).toEqual({ good_till_date: "Must be in the future" });
  });

  it("leaves a stop alone that IB has moved off our tick", () => {
    const trail = anOrder({ order_type: "TRAIL", limit_price: null, trailing_amount: "2", stop_price: "220.005" });
    expect(validateModification({ ...draftOf(trail), quantity: "150" }, trail, "0.01")).toEqual({});
  });
});
