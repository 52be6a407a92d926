import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { ORDER_STATUSES } from "@/lib/order-words";
import { MockDesk } from "@/testing/mock-desk";
import { errorResponse, type MockFetch, mockFetch } from "@/testing/mock-fetch";
import { renderWithProviders } from "@/testing/render";
import { anOrder } from "@/testing/samples";
import type { Order } from "@/types/models";

import { updateOrderEverywhere } from "../api/order-cache";
import { CancelAllButton } from "./cancel-all-button";
import { OrderIds, OrderSummary } from "./order-summary";
import { OrdersTable, StatusFilter } from "./orders-table";
import { OrderTimeline } from "./order-timeline";
import { STATUS_LOOKS, StatusPill, statusWords } from "./status-pill";
import { WorkingOrders } from "./working-orders";

let desk: MockDesk;
let http: MockFetch;
const [onOpen, onFailure] = [vi.fn(), vi.fn()];

beforeEach(() => {
  desk = new MockDesk();
  desk.autoFill = false;
  http = mockFetch(desk);
  onOpen.mockReset();
  onFailure.mockReset();
});

const working = () => renderWithProviders(<WorkingOrders account="DU1" onOpen={onOpen} onFailure={onFailure} />);
const rowOf = async (symbol: string) => (await screen.findByRole("button", { name: symbol })).closest("tr")!;

describe("status", () => {
  it("has a word, an icon and a tone of its own for every status", () => {
    expect(Object.keys(STATUS_LOOKS).sort()).toEqual([...ORDER_STATUSES].sort());
    const words = Object.values(STATUS_LOOKS).map((look) => look.words);
    expect(new Set(words).size).toBe(words.length);
  });

  it("shows an unknown order as unconfirmed, not as rejected", () => {
    renderWithProviders(<StatusPill order={anOrder({ status: "unknown" })} />);
    expect(screen.getByText("IB has not confirmed")).toBeVisible();
    expect(STATUS_LOOKS.unknown.tone).not.toBe(STATUS_LOOKS.rejected.tone);
  });

  it("shows a status it has never heard of by its name", () => {
    renderWithProviders(<StatusPill order={anOrder({ status: "parked" as Order["status"] })} />);
    expect(screen.getByText("parked")).toBeVisible();
    expect([statusWords("parked_here"), statusWords("suspended"), statusWords("unknown")]).toEqual(["parked here", "held by IB", "unknown: IB has not confirmed"]);
  });
});

describe("working orders", () => {
  it("shows quantity filled, price and status", async () => {
    desk.orders = [anOrder({ status: "partially_filled", filled_quantity: "40", average_fill_price: "228.4966667" })];
    working();
    const cells = within(await rowOf("AAPL")).getAllByRole("cell").map((cell) => cell.textContent);
    expect(cells).toEqual(["AAPL", "Partially filled", "▲Buy", "40 / 100", "LMT DAY", "228.50", "228.4967", expect.any(String), "ModifyCancel"]);
  });

  it("names orders that the desk did not place", async () => {
    desk.orders = [anOrder({ origin: "external" })];
    working();
    expect(await screen.findByText("Placed elsewhere")).toBeVisible();
  });

  it("says so when there are none, and when they cannot be read", async () => {
    const { unmount } = working();
    expect(await screen.findByText(/No working orders/)).toBeVisible();
    unmount();
    http.fault = () => errorResponse(403, "AUTHORIZATION_FAILED", "Not yours.");
    working();
    expect(await screen.findByText("Not yours.")).toBeVisible();
  });

  it("lets only orders that IB works be modified, and nothing be cancelled twice", async () => {
    desk.orders = [anOrder({ id: "a", symbol: "UNK", status: "unknown" }), anOrder({ id: "b", symbol: "PEND", status: "pending_cancel" })];
    working();
    const [unknown, pending] = [await rowOf("UNK"), await rowOf("PEND")];
    expect(within(unknown).getByRole("button", { name: "Modify buy UNK" })).toBeDisabled();
    expect(within(unknown).getByRole("button", { name: "Cancel buy UNK" })).toBeEnabled();
    expect(within(pending).getByRole("button", { name: "Cancel buy PEND" })).toBeDisabled();
    expect(within(pending).getByRole("button", { name: "Cancel buy PEND" })).toHaveTextContent("Cancelling");
  });

  it("asks to cancel and shows that IB has yet to confirm", async () => {
    desk.orders = [anOrder()];
    const { user } = working();
    await user.click(await screen.findByRole("button", { name: "Cancel buy AAPL" }));
    expect(await screen.findByText("Cancelling", { selector: "span:not([class*=words])" })).toBeVisible();
    expect(http.sentTo("POST", "/orders/order-1/cancel/")).toHaveLength(1);
  });

  it("reports a cancel that was refused", async () => {
    desk.orders = [anOrder()];
    http.fault = ({ method }) => (method === "POST" ? errorResponse(409, "CONFLICT", "Already filled.") : undefined);
    const { user } = working();
    await user.click(await screen.findByRole("button", { name: "Cancel buy AAPL" }));
    await waitFor(() => expect(onFailure).toHaveBeenCalledWith("Could not cancel buy AAPL", expect.objectContaining({ code: "CONFLICT" })));
  });

  it("follows the stream: a filled order leaves the table", async () => {
    desk.orders = [anOrder()];
    const { queryClient } = working();
    await rowOf("AAPL");
    updateOrderEverywhere(queryClient, anOrder({ status: "filled", last_event_seq: 11 }));
    expect(await screen.findByText(/No working orders/)).toBeVisible();
  });

  it("opens the story by its symbol and by a click on the row", async () => {
    desk.orders = [anOrder()];
    const { user } = working();
    await user.click(await screen.findByRole("button", { name: "AAPL" }));
    await user.click(screen.getByText("LMT"));
    expect(onOpen.mock.calls).toEqual([["order-1"], ["order-1"]]);
  });

  it("sorts by a column and back", async () => {
    desk.orders = [anOrder({ id: "a", symbol: "MSFT", quantity: "9" }), anOrder({ id: "b", symbol: "AAPL", quantity: "10" })];
    const { user } = working();
    await rowOf("MSFT");
    const symbols = () => screen.getAllByRole("row").slice(1).map((row) => within(row).getAllByRole("cell")[0]?.textContent);
    await user.click(screen.getByRole("button", { name: "Symbol" }));
    expect(symbols()).toEqual(["AAPL", "MSFT"]);
    expect(screen.getByRole("columnheader", { name: "Symbol" })).toHaveAttribute("aria-sort", "ascending");
    await user.click(screen.getByRole("button", { name: "Symbol" }));
    expect(symbols()).toEqual(["MSFT", "AAPL"]);
  });
});

describe("modifying", () => {
  async function openDialog() {
    desk.orders = [anOrder()];
    const { user } = working();
    await user.click(await screen.findByRole("button", { name: "Modify buy AAPL" }));
    return { user, price: await screen.findByLabelText("New limit price") };
  }

  it("sends only what was changed and closes", async () => {
    const { user, price } = await openDialog();
    expect(screen.getByRole("button", { name: "Send change" })).toBeDisabled();
    await user.clear(price);
    await user.type(price, "227.90");
    await user.click(screen.getByRole("button", { name: "Send change" }));
    await waitFor(() => expect(screen.queryByLabelText("New limit price")).toBeNull());
    expect(http.sentTo("PATCH", "/orders/order-1/")[0]?.body).toEqual({ limit_price: "227.9" });
    expect(screen.getByText("Modifying")).toBeVisible();
  });

  it("stays open with the server's message at its field", async () => {
    const { user, price } = await openDialog();
    http.fault = ({ method }) =>
      method === "PATCH" ? errorResponse(422, "ORDER_VALIDATION_FAILED", "Not valid.", { limit_price: ["must be a multiple of the tick 0.05"] }) : undefined;
    await user.clear(price);
    await user.type(price, "227.91");
    await user.click(screen.getByRole("button", { name: "Send change" }));
    expect(await screen.findByText("must be a multiple of the tick 0.05")).toBeVisible();
    expect(screen.getByText("Not valid.")).toBeVisible();
  });
});

describe("cancelling all", () => {
  it("asks first, then sends the account", async () => {
    desk.orders = [anOrder(), anOrder({ id: "order-2", symbol: "MSFT" })];
    const { user } = renderWithProviders(<CancelAllButton account="DU1" />);
    await waitFor(() => expect(screen.getByRole("button", { name: "Cancel all" })).toBeEnabled());
    await user.click(screen.getByRole("button", { name: "Cancel all" }));
    expect(http.sentTo("POST", "/orders/cancel-all/")).toEqual([]);
    await user.click(await screen.findByRole("button", { name: "Cancel 2 orders" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(http.sentTo("POST", "/orders/cancel-all/")[0]?.body).toEqual({ account: "DU1" });
  });

  it("is off when there is nothing to cancel", async () => {
    renderWithProviders(<CancelAllButton account="DU1" />);
    await waitFor(() => expect(http.sentTo("GET", "/orders/")).toHaveLength(1));
    expect(screen.getByRole("button", { name: "Cancel all" })).toBeDisabled();
  });
});

describe("all orders", () => {
  it("filters by status", async () => {
    desk.orders = [anOrder({ id: "a", symbol: "AAA" }), anOrder({ id: "b", symbol: "BBB", status: "rejected" })];
    renderWithProviders(<OrdersTable filter={{ account: "DU1", status: "rejected" }} onOpen={onOpen} />);
    expect(await screen.findByRole("button", { name: "BBB" })).toBeVisible();
    expect(screen.queryByRole("button", { name: "AAA" })).toBeNull();
  });

  it("offers every status by its word", async () => {
    const onChange = vi.fn();
    const { user } = renderWithProviders(<StatusFilter status={undefined} onChange={onChange} />);
    await user.selectOptions(screen.getByLabelText("Filter by status"), "IB has not confirmed");
    await user.selectOptions(screen.getByLabelText("Filter by status"), "All statuses");
    expect(onChange.mock.calls).toEqual([["unknown"], [undefined]]);
  });
});

describe("an order's story", () => {
  it("tells what happened in order with IB's own words", async () => {
    const { id } = desk.handle("POST", "/api/v1/orders/", { symbol: "AAPL", side: "BUY", quantity: "100", order_type: "MKT" }).body as Order;
    desk.fill(id, "100", "228.53");
    const { user } = renderWithProviders(<OrderTimeline orderId={id} />);
    const items = within(await screen.findByRole("list", { name: "Trade log" })).getAllByRole("listitem");
    expect(items.map((item) => item.querySelector("strong")?.textContent)).toEqual(["Order placed", "Filled 100 at 228.53"]);
    expect(items[1]).toHaveTextContent("by IB · now filled");
    await user.click(within(items[1]!).getByText("IB’s words"));
    expect(within(items[1]!).getByText(/execDetails/)).toBeVisible();
  });

  it("shows terms, the reason of a rejection and every id", () => {
    const order = anOrder({ status: "rejected", reject_code: "201", reject_reason: "Insufficient buying power", client_order_id: "mine-1" });
    renderWithProviders(
      <>
        <OrderSummary order={order} />
        <OrderIds order={order} />
      </>,
    );
    expect(screen.getByText("201: Insufficient buying power")).toBeVisible();
    for (const id of ["order-1", "mine-1", "1001"]) expect(screen.getByText(id)).toBeVisible();
  });

  it("shows text with markup as text", async () => {
    const words = "<script>alert(1)</script>";
    desk.orders = [anOrder({ status: "rejected", reject_reason: words })];
    renderWithProviders(<OrderSummary order={desk.orders[0]!} />);
    expect(await screen.findByText(words)).toBeVisible();
    expect(document.querySelector("script")).toBeNull();
  });
});
