import { describe, expect, it } from "vitest";

import { ApiError, networkError } from "@/lib/api-error";
import { anInstrument, anOrder } from "@/testing/samples";

import { EMPTY_DRAFT, toPlaceOrder } from "./ticket";
import { initialTicket, type TicketAction, ticketReducer, type TicketState } from "./ticket-machine";

const order = toPlaceOrder({ ...EMPTY_DRAFT, orderType: "LMT", limitPrice: "10" }, anInstrument(), "DU1", "client-1");
const refused = new ApiError({ code: "INSUFFICIENT_FUNDS", message: "Not enough.", status: 422 });

const run = (...actions: TicketAction[]): TicketState => actions.reduce(ticketReducer, initialTicket(null));
const review: TicketAction = { type: "reviewed", order };
const sent: TicketAction = { type: "sent" };
const lost: TicketAction = { type: "failed", error: networkError() };

describe("the way of an order", () => {
  it("goes from editing by review and sending to placed", () => {
    expect(run(review).phase).toEqual({ name: "reviewing", order });
    expect(run(review, sent).phase).toEqual({ name: "sending", order });
    expect(run(review, sent, { type: "answered", order: anOrder() }).phase.name).toBe("placed");
  });

  it("goes back from review to the same draft", () => {
    const state = run({ type: "changed", change: { quantity: "7" } }, review, { type: "wentBack" });
    expect(state).toMatchObject({ phase: { name: "editing" }, draft: { quantity: "7" } });
  });

  it("cannot be sent without a review", () => {
    expect(run(sent).phase.name).toBe("editing");
  });

  it("shows a refusal on the form", () => {
    expect(run(review, sent, { type: "failed", error: refused }).phase).toEqual({ name: "editing", error: refused });
  });

  it("drops the refusal when the draft changes", () => {
    expect(run(review, sent, { type: "failed", error: refused }, { type: "changed", change: { quantity: "1" } }).phase).toEqual({ name: "editing", error: null });
  });
});

describe("a lost answer", () => {
  it("keeps the very same order, id included, for the next try", () => {
    expect(run(review, sent, lost, sent).phase).toEqual({ name: "sending", order });
  });

  it("cannot be edited, reviewed anew or left by going back", () => {
    const before = run(review, sent, lost);
    const tries: TicketAction[] = [{ type: "changed", change: { quantity: "999" } }, { type: "reviewed", order: { ...order, client_order_id: "client-2" } }, { type: "wentBack" }];
    for (const action of tries) expect(ticketReducer(before, action)).toBe(before);
  });

  it("is left only on purpose", () => {
    expect(run(review, sent, lost, { type: "startedNew" }).phase.name).toBe("editing");
  });

  it("of an earlier page is taken up again", () => {
    expect(initialTicket(order).phase).toEqual({ name: "uncertain", order, error: null });
  });
});

describe("while sending", () => {
  it.each<TicketAction>([sent, review, { type: "startedNew" }, { type: "wentBack" }, { type: "changed", change: { side: "SELL" } }])("%o changes nothing", (action) => {
    const before = run(review, sent);
    expect(ticketReducer(before, action).phase).toEqual(before.phase);
    expect(ticketReducer(before, action).draft).toEqual(before.draft);
  });

  it("answers that nobody waits for are ignored", () => {
    expect(run({ type: "answered", order: anOrder() }).phase.name).toBe("editing");
    expect(run(lost).phase).toEqual({ name: "editing", error: null });
  });
});
