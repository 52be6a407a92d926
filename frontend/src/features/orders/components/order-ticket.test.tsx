import { fireEvent, screen, waitFor } from "@testing-library/react";
import { createRef } from "react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { MockDesk } from "@/testing/mock-desk";
import { connectionLost, errorResponse, type MockFetch, mockFetch } from "@/testing/mock-fetch";
import { renderWithProviders } from "@/testing/render";
import { anInstrument, aQuote } from "@/testing/samples";
import type { PlaceOrder } from "@/types/models";

import { useOrderTicket } from "../hooks/use-order-ticket";
import { OrderTicket, type TicketSurroundings } from "./order-ticket";

let desk: MockDesk;
let http: MockFetch;
const onOpenOrder = vi.fn();

const READY: TicketSurroundings = { instrument: anInstrument(), quote: aQuote(), account: "DU1234567", tradingMode: "paper", obstacle: null };

function Ticket({ surroundings }: { surroundings: TicketSurroundings }) {
  return (
    <OrderTicket
      ticket={useOrderTicket()}
      surroundings={surroundings}
      quantityRef={createRef()}
      renderSearch={(error) => <p>{error}</p>}
      quoteStrip={<p>the quote</p>}
      facts={null}
      onOpenOrder={onOpenOrder}
    />
  );
}

function open(change: Partial<TicketSurroundings> = {}) {
  return renderWithProviders(<Ticket surroundings={{ ...READY, ...change }} />);
}

type User = ReturnType<typeof open>["user"];

async function fill(user: User, label: string, text: string) {
  await user.clear(screen.getByLabelText(label));
  await user.type(screen.getByLabelText(label), text);
}

const click = (user: User, name: string) => user.click(screen.getByRole("button", { name }));

async function chooseLimit(user: User) {
  await user.selectOptions(screen.getByLabelText("Order type"), "LMT");
}

async function reviewLimit(user: User, price = "220.10") {
  await chooseLimit(user);
  await fill(user, "Limit price", price);
  await click(user, "Review order");
}

const placed = () => http.sentTo("POST", "/orders/").map(({ body }) => body as PlaceOrder);

beforeEach(() => {
  desk = new MockDesk();
  desk.autoFill = false;
  http = mockFetch(desk);
  onOpenOrder.mockReset();
});

describe("placing an order", () => {
  it("sends what was reviewed, once, and shows that it is placed", async () => {
    const { user } = open();
    await click(user, "Sell");
    await fill(user, "Quantity", "1,000");
    await reviewLimit(user);
    expect(screen.getByText("1,000 AAPL")).toBeVisible();
    expect(screen.getByText("220,100.00 USD at limit")).toBeVisible();
    expect(placed()).toEqual([]);

    await click(user, "Place order");

    expect(await screen.findByText("Order placed")).toBeVisible();
    expect(placed()).toEqual([
      expect.objectContaining({ side: "SELL", quantity: "1000", limit_price: "220.1", order_type: "LMT", account: "DU1234567", con_id: 265598 }),
    ]);
    expect(placed()[0]?.client_order_id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("is done by keyboard alone", async () => {
    const { user } = open();
    await user.click(screen.getByLabelText("Quantity"));
    await user.keyboard("25{Enter}");
    expect(screen.getByRole("button", { name: "Place order" })).toHaveFocus();
    await user.keyboard("{Enter}");
    expect(await screen.findByText("Order placed")).toBeVisible();
    await user.keyboard("{Enter}");
    expect(screen.getByLabelText("Quantity")).toHaveValue("25");
    expect(placed()[0]).toMatchObject({ quantity: "25", order_type: "MKT" });
  });

  it("goes back with Escape and keeps the draft", async () => {
    const { user } = open();
    await reviewLimit(user);
    await user.keyboard("{Escape}");
    expect(screen.getByLabelText("Limit price")).toHaveValue("220.10");
    expect(placed()).toEqual([]);
  });

  it("follows the order after it is placed and leads to its story", async () => {
    const { user } = open();
    await reviewLimit(user);
    await click(user, "Place order");
    await screen.findByText("Order placed");
    expect(await screen.findByText("Sending")).toBeVisible();
    await click(user, "View order");
    expect(onOpenOrder).toHaveBeenCalledWith(desk.orders[0]?.id);
  });

  it("gives the next order its own id", async () => {
    const { user } = open();
    for (let round = 0; round < 2; round += 1) {
      await reviewLimit(user);
      await click(user, "Place order");
      await screen.findByText("Order placed");
      await click(user, "New order");
    }
    const [first, second] = placed();
    expect(first?.client_order_id).not.toBe(second?.client_order_id);
  });

  it("steps a price by its tick and a quantity by one with the arrow keys", async () => {
    const { user } = open();
    await chooseLimit(user);
    await fill(user, "Limit price", "220.10");
    await user.keyboard("{ArrowUp}{Shift>}{ArrowDown}{/Shift}");
    expect(screen.getByLabelText("Limit price")).toHaveValue("220.01");
    await fill(user, "Quantity", "2");
    await user.keyboard("{ArrowDown}{ArrowDown}");
    expect(screen.getByLabelText("Quantity")).toHaveValue("1");
  });
});

describe("what IB says beforehand", () => {
  it("is shown at review and is asked without an order id", async () => {
    const { user } = open();
    await reviewLimit(user);
    expect(await screen.findByText("0.50 USD")).toBeVisible();
    expect(screen.getByText("+11,005.00")).toBeVisible();
    expect(http.sentTo("POST", "/orders/preview/")[0]?.body).not.toHaveProperty("client_order_id");
  });

  it("warns of what the desk would refuse", async () => {
    const { user } = open();
    await fill(user, "Quantity", "200000");
    await reviewLimit(user);
    expect(await screen.findByText("The order is too large.")).toBeVisible();
  });

  it("does not stand in the way when it cannot be had", async () => {
    http.fault = ({ path }) => (path.endsWith("/preview/") ? errorResponse(502, "EXTERNAL_SERVICE_ERROR", "IB is silent.") : undefined);
    const { user } = open();
    await reviewLimit(user);
    expect(await screen.findAllByText("not available")).toHaveLength(2);
    await click(user, "Place order");
    expect(await screen.findByText("Order placed")).toBeVisible();
  });
});

describe("the review", () => {
  it("does not take a key that is still held down for a second press", async () => {
    const { user } = open();
    await reviewLimit(user);
    const place = screen.getByRole("button", { name: "Place order" });
    const isLetThrough = (repeat: boolean) => fireEvent.keyDown(place, { key: "Enter", repeat });
    expect([isLetThrough(true), isLetThrough(false)]).toEqual([false, true]);
  });

  it("shows no quote of another instrument", async () => {
    const { user, rerender } = open();
    await reviewLimit(user);
    expect(screen.getByText("the quote")).toBeVisible();
    rerender(<Ticket surroundings={{ ...READY, instrument: anInstrument({ con_id: 1, symbol: "OTHER" }) }} />);
    expect(screen.queryByText("the quote")).toBeNull();
    expect(screen.getByText("100 AAPL")).toBeVisible();
  });
});

describe("what cannot be sent", () => {
  it("is said under each field before anything is asked", async () => {
    const { user } = open();
    await fill(user, "Quantity", "0");
    await reviewLimit(user, "220.105");
    expect(screen.getByText("Must be greater than zero")).toBeVisible();
    expect(screen.getByText("Must be a multiple of the tick 0.01")).toBeVisible();
    await waitFor(() => expect(screen.getByLabelText("Quantity")).toHaveFocus());
    expect(screen.queryByRole("button", { name: "Place order" })).toBeNull();
  });

  it("asks for the prices of the chosen type", async () => {
    const { user } = open();
    await user.selectOptions(screen.getByLabelText("Order type"), "STP");
    expect(screen.queryByLabelText("Limit price")).toBeNull();
    await click(user, "Review order");
    expect(screen.getByText("Enter a price")).toBeVisible();
    await user.selectOptions(screen.getByLabelText("Order type"), "MKT");
    expect(screen.queryByLabelText("Stop price")).toBeNull();
    await click(user, "Review order");
    expect(screen.getByText("22,853.00 USD at ask")).toBeVisible();
  });

  it("asks for an instrument", async () => {
    const { user } = open({ instrument: null });
    await click(user, "Review order");
    expect(screen.getByText("Choose an instrument")).toBeVisible();
  });

  it("says why while the gateway is not ready", () => {
    open({ obstacle: "The gateway is not connected to IB." });
    expect(screen.getByRole("button", { name: "Review order" })).toBeDisabled();
    expect(screen.getByText("The gateway is not connected to IB.")).toBeVisible();
  });

  it("warns before real money is used", async () => {
    const { user } = open({ tradingMode: "live" });
    await reviewLimit(user);
    expect(screen.getByText("This is a live account: the order uses real money.")).toBeVisible();
  });
});

describe("a refusal", () => {
  it("is shown with its code, and each message at its field", async () => {
    const { user } = open();
    await fill(user, "Quantity", "200000");
    await reviewLimit(user);
    await click(user, "Place order");
    expect(await screen.findByText("The order is too large.")).toBeVisible();
    expect(screen.getByText(/ORDER_VALIDATION_FAILED/)).toBeVisible();
    expect(screen.getByText("at most 100000 in one order")).toBeVisible();
    expect(screen.getByLabelText("Quantity")).toBeInvalid();
  });

  it("of a closed gateway is certain: nothing was recorded, the ticket is free again", async () => {
    const { user } = open();
    desk.gateway = { ...desk.gateway, ready: false };
    await reviewLimit(user);
    await click(user, "Place order");
    expect(await screen.findByText(/IB_CONNECTION_FAILED/)).toBeVisible();
    expect(screen.getByRole("button", { name: "Review order" })).toBeEnabled();
  });

  it("makes the corrected order a new one", async () => {
    const { user } = open();
    await fill(user, "Quantity", "200000");
    await reviewLimit(user);
    await click(user, "Place order");
    await screen.findByText("The order is too large.");
    await fill(user, "Quantity", "10");
    await click(user, "Review order");
    await click(user, "Place order");
    await screen.findByText("Order placed");
    const [first, second] = placed();
    expect(first?.client_order_id).not.toBe(second?.client_order_id);
  });
});

describe("a lost answer", () => {
  async function lose(user: User, how: () => Response | Promise<Response>) {
    await reviewLimit(user);
    http.fault = ({ method, path }) => (method === "POST" && path.endsWith("/orders/") ? how() : undefined);
    await click(user, "Place order");
    await screen.findByText("The desk did not answer");
    http.fault = undefined;
  }

  it.each([
    ["a dead line", connectionLost],
    ["a proxy's 502", () => new Response("<html>", { status: 502 })],
    ["a crash", () => errorResponse(500, "INTERNAL_SERVER_ERROR", "Sorry.")],
  ])("after %s is tried again with the very same request", async (_, how) => {
    const { user } = open();
    await lose(user, how);
    await click(user, "Try again");
    await screen.findByText("Order placed");
    const [first, second] = placed();
    expect(second).toEqual(first);
    expect(first?.client_order_id).toBeTruthy();
  });

  it("does not double an order that had arrived", async () => {
    const { user } = open();
    await lose(user, () => {
      desk.handle("POST", "/api/v1/orders/", http.sentTo("POST", "/orders/").at(-1)?.body);
      return connectionLost();
    });
    expect(desk.orders).toHaveLength(1);
    await click(user, "Try again");
    await screen.findByText("Order placed");
    expect(desk.orders).toHaveLength(1);
  });

  it("cannot be edited into a second order, only set aside", async () => {
    const { user } = open();
    await lose(user, connectionLost);
    expect(screen.queryByRole("button", { name: "Back" })).toBeNull();
    await user.keyboard("{Escape}");
    expect(screen.getByText("The desk did not answer")).toBeVisible();
    await click(user, "Set aside");
    expect(screen.getByLabelText("Limit price")).toHaveValue("220.10");
  });

  it("survives a reload of the page", async () => {
    const first = open();
    await lose(first.user, connectionLost);
    first.unmount();
    const second = open();
    expect(screen.getByText("The desk did not answer")).toBeVisible();
    await click(second.user, "Try again");
    await screen.findByText("Order placed");
    const [before, after] = placed();
    expect(after).toEqual(before);
  });

  it("is forgotten once it is answered", async () => {
    const first = open();
    await reviewLimit(first.user);
    await click(first.user, "Place order");
    await screen.findByText("Order placed");
    first.unmount();
    open();
    expect(screen.getByRole("button", { name: "Review order" })).toBeVisible();
  });
});

it("is sent once however fast one clicks", async () => {
  const { user } = open();
  await reviewLimit(user);
  await user.dblClick(screen.getByRole("button", { name: "Place order" }));
  await screen.findByText("Order placed");
  expect(placed()).toHaveLength(1);
});
