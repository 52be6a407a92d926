import { describe, expect, it } from "vitest";

import { anInstrument, aQuote } from "@/testing/samples";

import { describeTicket, EMPTY_DRAFT, estimateNotional, priceError, quantityError, type TicketDraft, toPlaceOrder, validateTicket } from "./ticket";

const apple = anInstrument();
const draft = (change: Partial<TicketDraft> = {}): TicketDraft => ({ ...EMPTY_DRAFT, orderType: "LMT", limitPrice: "228.50", ...change });

describe("validation", () => {
  it("accepts an honest limit order", () => {
    expect(validateTicket(draft(), apple)).toEqual({});
  });

  it.each([
    ["", "Enter a quantity"],
    ["abc", "Enter a number, such as 100"],
    ["<script>", "Enter a number, such as 100"],
    ["0", "Must be greater than zero"],
    ["-5", "Must be greater than zero"],
    ["1.5", "Must be a whole number: IB takes no fractional orders by API"],
    ["99999999999", "That is more than any order can be"],
  ])("says what is wrong with the quantity %j", (text, message) => {
    expect(quantityError(text)).toBe(message);
  });

  it.each([
    ["", "Enter a price"],
    ["1e3x", "Enter a price, such as 228.50"],
    ["0", "Must be greater than zero"],
    ["-1", "Must be greater than zero"],
    ["228.505", "Must be a multiple of the tick 0.01"],
    ["2000000000", "That is more than any price can be"],
  ])("says what is wrong with the price %j", (text, message) => {
    expect(priceError(text, "0.01")).toBe(message);
  });

  it("wants only the prices of the order's type", () => {
    expect(validateTicket(draft({ orderType: "MKT", limitPrice: "", stopPrice: "" }), apple)).toEqual({});
    expect(validateTicket(draft({ orderType: "STP", limitPrice: "", stopPrice: "" }), apple)).toEqual({ stop_price: "Enter a price" });
    expect(Object.keys(validateTicket(draft({ orderType: "STP LMT", limitPrice: "", stopPrice: "" }), apple))).toEqual(["stop_price", "limit_price"]);
  });

  it("wants an instrument that can be traded", () => {
    expect(validateTicket(draft(), null)).toEqual({ symbol: "Choose an instrument" });
    expect(validateTicket(draft(), anInstrument({ is_tradable: false }))).toEqual({ symbol: "AAPL cannot be traded" });
  });

  it("refuses what makes no sense together", () => {
    expect(validateTicket(draft({ orderType: "STP", stopPrice: "220", timeInForce: "IOC" }), apple)).toHaveProperty("time_in_force");
    expect(validateTicket(draft({ orderType: "MKT", outsideRth: true }), apple)).toHaveProperty("outside_rth");
  });
});

describe("the types that follow or wait", () => {
  const trail = (change: Partial<TicketDraft>) => draft({ orderType: "TRAIL LIMIT", limitPrice: "", stopPrice: "220", limitOffset: "0", ...change });

  it.each([
    [{ trailingAmount: "2" }, {}],
    [{ trailingPercent: "2.5" }, {}],
    [{}, { trailing_amount: "Enter an amount or a percentage" }],
    [{ trailingPercent: "100" }, { trailing_percent: "Must be above 0 and below 100" }],
    [{ trailingAmount: "2", limitOffset: "" }, { limit_offset: "Enter a price" }],
    [{ trailingAmount: "2", limitOffset: "0.005" }, { limit_offset: "Must be a multiple of the tick 0.01" }],
  ])("checks a trailing stop limit %j", (change, errors) => {
    expect(validateTicket(trail(change), apple)).toEqual(errors);
  });

  it("takes one of amount and percentage", () => {
    const one = "Only one of amount and percentage can be given";
    expect(validateTicket(trail({ trailingAmount: "2", trailingPercent: "2" }), apple)).toEqual({ trailing_amount: one, trailing_percent: one });
  });

  it("sends only what the type has", () => {
    const order = toPlaceOrder(trail({ trailingPercent: "2.50", offsetAmount: "7", limitPrice: "1" }), apple, "DU1", "id-1");
    expect(order).toMatchObject({ trailing_percent: "2.5", stop_price: "220", limit_offset: "0" });
    expect(order).not.toHaveProperty("offset_amount");
    expect(order).not.toHaveProperty("limit_price");
  });

  it("takes a date with what is good till a date", () => {
    const now = new Date("2026-11-25T00:00:00Z");
    const gtd = draft({ timeInForce: "GTD", goodTill: "2026-12-31T21:00" });
    expect(validateTicket(gtd, apple, now)).toEqual({});
    expect(toPlaceOrder(gtd, apple, "DU1", "x").good_till_date).toBe("2026-12-31T21:00:00Z");
    expect(validateTicket({ ...gtd, goodTill: "" }, apple, now)).toHaveProperty("good_till_date");
    expect(validateTicket({ ...gtd, goodTill: "2026-11-24T23:59" }, apple, now)).toHaveProperty("good_till_date");
  });

  it("knows how long each type lives and where", () => {
    expect(validateTicket(draft({ orderType: "MOC", timeInForce: "GTC" }), apple)).toHaveProperty("time_in_force");
    expect(validateTicket(draft({ orderType: "MOC", outsideRth: true }), apple)).toHaveProperty("outside_rth");
    expect(validateTicket(draft({ orderType: "REL", limitPrice: "" }), apple)).toEqual({});
  });
});

describe("the request", () => {
  it("carries exact decimal strings and only the prices of its type", () => {
    expect(toPlaceOrder(draft({ quantity: "1,000", limitPrice: " 228.50 ", stopPrice: "1" }), apple, "DU1", "id-1")).toEqual({
      account: "DU1", con_id: 265598, symbol: "AAPL", side: "BUY", quantity: "1000", order_type: "LMT", limit_price: "228.5",
      time_in_force: "DAY", outside_rth: false, client_order_id: "id-1",
    });
  });

  it("has no price at market and a stop price for a stop", () => {
    expect(toPlaceOrder(draft({ orderType: "MKT" }), apple, "DU1", "id-1")).not.toHaveProperty("limit_price");
    const stop = toPlaceOrder(draft({ orderType: "STP", stopPrice: "220.10" }), apple, "DU1", "id-1");
    expect(stop).toMatchObject({ stop_price: "220.1" });
    expect(stop).not.toHaveProperty("limit_price");
  });
});

describe("the estimated value", () => {
  const quote = aQuote();

  it.each([
    [draft(), { amount: "22850", basis: "limit" }],
    [draft({ orderType: "MKT" }), { amount: "22853", basis: "ask" }],
    [draft({ orderType: "MKT", side: "SELL" }), { amount: "22851", basis: "bid" }],
    [draft({ orderType: "STP", stopPrice: "220" }), { amount: "22000", basis: "stop" }],
    [draft({ limitPrice: "" }), null],
    [draft({ quantity: "x" }), null],
  ])("of %o is %o", (ticket, expected) => {
    expect(estimateNotional(ticket, apple, quote)).toEqual(expected);
  });

  it("falls back to the last price and to nothing", () => {
    expect(estimateNotional(draft({ orderType: "MKT" }), apple, aQuote({ ask: null }))).toEqual({ amount: "22852", basis: "last" });
    expect(estimateNotional(draft({ orderType: "MKT" }), apple, null)).toBeNull();
  });

  it("counts the multiplier", () => {
    expect(estimateNotional(draft({ quantity: "2" }), anInstrument({ multiplier: "100" }), quote)?.amount).toBe("45700");
  });
});

it("describes an order in one line", () => {
  expect(describeTicket(toPlaceOrder(draft(), apple, "DU1", "x"))).toBe("BUY 100 AAPL LMT 228.5 DAY");
  expect(describeTicket(toPlaceOrder(draft({ orderType: "STP", stopPrice: "220", side: "SELL" }), apple, "DU1", "x"))).toBe("SELL 100 AAPL STP stop 220 DAY");
});
