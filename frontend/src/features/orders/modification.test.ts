import { describe, expect, it } from "vitest";

import { anOrder } from "@/testing/samples";

import { changesOf, draftOf, validateModification } from "./modification";

const order = anOrder({ filled_quantity: "40" });

describe("a modification", () => {
  it("starts from what the order says", () => {
    expect(draftOf(order)).toEqual({ quantity: "100", limit_price: "228.50", stop_price: "" });
  });

  it("sends only what differs by value, not by spelling", () => {
    expect(changesOf({ quantity: "100.0", limit_price: "228.5", stop_price: "" }, order)).toBeNull();
    expect(changesOf({ quantity: "150", limit_price: "228.5", stop_price: "" }, order)).toEqual({ quantity: "150" });
    expect(changesOf({ quantity: "100", limit_price: "228.40", stop_price: "7" }, order)).toEqual({ limit_price: "228.4" });
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
});
