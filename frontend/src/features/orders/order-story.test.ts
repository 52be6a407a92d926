import { expect, it } from "vitest";

import { factsOf, rawWords, sentenceOf } from "./order-story";

it("tells a fill with its numbers", () => {
  expect(sentenceOf({ type: "order_filled", data: { quantity: "50", price: "228.5" } })).toEqual({ title: "Filled 50 at 228.50", tone: "up" });
  expect(sentenceOf({ type: "order_filled", data: {} }).title).toBe("Filled");
});

it("sets an unconfirmed order apart from a rejected one", () => {
  expect(sentenceOf({ type: "outcome_unknown", data: {} })).toEqual({ title: "IB has not confirmed", tone: "warn" });
  expect(sentenceOf({ type: "order_rejected", data: {} })).toEqual({ title: "Rejected by IB", tone: "down" });
});

it("keeps a kind of fact that it has never heard of", () => {
  expect(sentenceOf({ type: "margin_call_seen", data: {} })).toEqual({ title: "Margin call seen", tone: "neutral" });
});

it("adds reasons and values", () => {
  expect(factsOf({ type: "order_rejected", data: { code: "201", reason: "no funds" } })).toBe("201: no funds");
  expect(factsOf({ type: "modify_requested", data: { quantity: "200", limit_price: "10.5", stop_price: null } })).toBe("quantity 200 · limit 10.5");
  expect(factsOf({ type: "order_filled", data: { quantity: "50", price: "1", exec_root: "x" } })).toBe("");
});

it("shows IB's words as they came", () => {
  const message = { id: 1, kind: "orderStatus", source: "live", payload: { orderId: 7 }, received_at: "2026-11-24T12:00:00Z" };
  expect(rawWords(message)).toBe('orderStatus {\n  "orderId": 7\n}');
  expect(rawWords(null)).toBeNull();
});
