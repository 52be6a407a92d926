import { MantineProvider } from "@mantine/core";
import { notifications, Notifications } from "@mantine/notifications";
import { type QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, RouterProvider } from "@tanstack/react-router";
import { act, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { createQueryClient } from "@/lib/query-client";
import { FakeSocket } from "@/testing/fake-socket";
import { MockDesk, type StreamEvent } from "@/testing/mock-desk";
import { errorResponse, jsonResponse, type MockFetch, mockFetch, type SentRequest } from "@/testing/mock-fetch";
import type { Order } from "@/types/models";

import { createDeskRouter } from "./router";
import { theme } from "./theme";

vi.mock("@/features/market-data/components/price-chart", () => ({ default: ({ label }: { label: string }) => <p>{label}</p> }));

let desk: MockDesk;
let http: MockFetch;
let queryClient: QueryClient;

beforeEach(() => {
  desk = new MockDesk();
  desk.autoFill = false;
  http = mockFetch(desk);
  FakeSocket.all = [];
  const { CONNECTING, OPEN, CLOSING, CLOSED } = WebSocket;
  vi.stubGlobal("WebSocket", Object.assign(FakeSocket, { CONNECTING, OPEN, CLOSING, CLOSED }));
  queryClient = createQueryClient();
  notifications.clean();
});

function start(path = "/") {
  const history = createMemoryHistory({ initialEntries: [path] });
  const router = createDeskRouter(queryClient, history);
  render(
    <MantineProvider theme={theme} env="test">
      <Notifications />
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { user: userEvent.setup(), router, address: () => history.location.href };
}

/** The stream is open and whatever the desk pushes reaches the page. */
async function goLive(): Promise<FakeSocket> {
  await waitFor(() => expect(FakeSocket.all).not.toHaveLength(0));
  const socket = FakeSocket.latest;
  let prev = 0;
  act(() => {
    socket.accept();
    socket.say({ type: "subscribed", channels: [], seq: desk.seq });
  });
  desk.subscribe((event: StreamEvent) => {
    act(() => socket.say({ ...event, prev }));
    prev = event.seq;
  });
  return socket;
}

const table = (name: string) => screen.findByRole("table", { name });

describe("who may see the desk", () => {
  it("leads a stranger to the door and then to where they wanted to go", async () => {
    desk.signedIn = false;
    const { user, address } = start("/?symbol=NVDA");
    await user.type(await screen.findByLabelText("Username"), "trader");
    await user.type(screen.getByLabelText("Password"), "correct{Enter}");
    expect(await screen.findByRole("heading", { name: "NVDA" })).toBeVisible();
    expect(address()).toBe("/?symbol=NVDA");
  });

  it("leads somebody who is signed in past the door", async () => {
    const { address } = start("/sign-in");
    await table("Working orders");
    expect(address()).toBe("/");
  });

  it("shows the admin to staff only", async () => {
    desk.isStaff = false;
    const { user } = start();
    await user.click(await screen.findByRole("button", { name: "User menu of trader" }));
    expect(await screen.findByRole("menuitem", { name: "Sign out" })).toBeVisible();
    expect(screen.queryByRole("menuitem", { name: "Admin" })).toBeNull();
  });

  it("leaves no trace after signing out", async () => {
    const { user } = start();
    await user.click(await screen.findByRole("button", { name: "User menu of trader" }));
    await user.click(await screen.findByRole("menuitem", { name: "Sign out" }));
    expect(await screen.findByLabelText("Username")).toBeVisible();
    expect(queryClient.getQueryCache().findAll({ queryKey: ["orders"] })).toEqual([]);
    expect(FakeSocket.latest.readyState).toBe(WebSocket.CLOSED);
  });

  it("says when the desk cannot be reached at all, and tries again", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined); // the router reports what it catches
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    http.fault = () => errorResponse(400, "VALIDATION_ERROR", "Broken.");
    const { user } = start();
    expect(await screen.findByText("Broken. (VALIDATION_ERROR)")).toBeVisible();
    http.fault = undefined;
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await table("Working orders")).toBeVisible();
  });

  it("has a page for addresses that lead nowhere", async () => {
    start("/nowhere");
    expect(await screen.findByText("There is no such page")).toBeVisible();
  });
});

describe("the whole way of an order", () => {
  it("from search to fill, live", async () => {
    const { user } = start();
    await goLive();
    await user.type(await screen.findByRole("combobox", { name: "Instrument" }), "aapl{Enter}");
    expect(await screen.findByRole("heading", { name: "AAPL" })).toBeVisible();
    await user.selectOptions(screen.getByLabelText("Order type"), "MKT");
    await user.click(screen.getByRole("button", { name: "Review order" }));
    await user.click(screen.getByRole("button", { name: "Place order" }));
    await screen.findByText("Order placed");
    const row = within(await table("Working orders")).getByRole("button", { name: "AAPL" }).closest("tr")!;
    await waitFor(() => expect(row).toHaveTextContent("Working"));

    desk.fill(desk.orders[0]!.id, "40", "228.54");
    await waitFor(() => expect(row).toHaveTextContent("Partially filled"));
    expect(await screen.findByText("Bought 40 AAPL")).toBeVisible();

    desk.fill(desk.orders[0]!.id, "60", "228.56");
    await waitFor(() => expect(row).not.toBeInTheDocument());

    await user.click(screen.getByRole("tab", { name: /Fills/ }));
    expect(await within(await table("Fills")).findAllByRole("cell", { name: "228.56" })).toHaveLength(1);
    await user.click(screen.getByRole("tab", { name: /Positions/ }));
    expect(within(await table("Positions")).getByRole("button", { name: "Close AAPL" })).toBeVisible();
  });

  it("is over before its POST is answered, and stays over", async () => {
    const { user } = start("/?symbol=AAPL");
    await goLive();
    await table("Working orders");
    await screen.findByRole("heading", { name: "AAPL" });
    const answerLate = async ({ method, path, body }: SentRequest) => {
      const answer = desk.handle(method, path, body);
      desk.fill((answer.body as Order).id, "100", "228.54");
      await new Promise((resolve) => setTimeout(resolve, 20));
      return jsonResponse(answer.status, answer.body);
    };
    http.fault = (request) => (request.method === "POST" ? answerLate(request) : undefined);
    await user.click(screen.getByRole("button", { name: "Review order" }));
    await user.click(screen.getByRole("button", { name: "Place order" }));
    expect(await screen.findByText("Order placed")).toBeVisible();
    expect(await within(screen.getByRole("region", { name: "Order placed" })).findByText("Filled")).toBeVisible();
    expect(within(await table("Working orders")).queryByRole("button", { name: "AAPL" })).toBeNull();
  });

  it("ends in a message when IB rejects it, and in another when IB does not answer", async () => {
    start();
    await goLive();
    await table("Working orders");
    const place = () => (desk.handle("POST", "/api/v1/orders/", { symbol: "AMD", side: "BUY", quantity: "10", order_type: "MKT" }).body as Order).id;
    desk.moveOrder(place(), { status: "rejected", reject_reason: "No funds" }, "order_rejected");
    expect(await screen.findByText("Buy 10 AMD rejected")).toBeVisible();
    desk.moveOrder(place(), { status: "unknown" }, "outcome_unknown");
    expect(await screen.findByText("Buy 10 AMD: IB has not confirmed")).toBeVisible();
  });

  it("can be followed in the drawer, which has its own address", async () => {
    const { id } = desk.handle("POST", "/api/v1/orders/", { symbol: "AMD", side: "BUY", quantity: "10", order_type: "MKT" }).body as Order;
    const { user, address } = start();
    await goLive();
    await user.click(within(await table("Working orders")).getByRole("button", { name: "AMD" }));
    const drawer = await screen.findByRole("dialog", { name: "Order" });
    expect(address()).toContain(`order=${id}`);
    expect(await within(drawer).findByText("Order placed")).toBeVisible();
    desk.fill(id, "10", "141.20");
    expect(await within(drawer).findByText("Filled 10 at 141.20")).toBeVisible();
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog", { name: "Order" })).toBeNull());
  });
});

describe("positions", () => {
  it("are closed by a ticket with the other side and the whole quantity", async () => {
    const { id } = desk.handle("POST", "/api/v1/orders/", { symbol: "TSLA", side: "SELL", quantity: "50", order_type: "MKT" }).body as Order;
    desk.fill(id, "50", "351.00");
    const { user } = start("/?view=positions");
    await user.click(await screen.findByRole("button", { name: "Close TSLA" }));
    expect(await screen.findByRole("heading", { name: "TSLA" })).toBeVisible();
    expect(screen.getByRole("button", { name: "Buy" })).toHaveAttribute("aria-pressed", "true");
    expect(screen.getByLabelText("Quantity")).toHaveValue("50");
    expect(screen.getByLabelText("Order type")).toHaveValue("MKT");
    expect(http.sentTo("POST", "/orders/")).toEqual([]);
  });
});

describe("states one must see", () => {
  it("the gateway's, with its reason; the ticket then waits", async () => {
    start("/?symbol=AAPL");
    await goLive();
    expect(await screen.findByText("Gateway ready")).toBeVisible();
    desk.setGateway({ state: "disconnected", ready: false, reason: "Connection refused" });
    expect(await screen.findByRole("alert")).toHaveTextContent(/Gateway disconnected.*Connection refused/);
    expect(screen.getByRole("button", { name: "Review order" })).toBeDisabled();
    desk.setGateway({ state: "ready", ready: true, reason: null });
    await waitFor(() => expect(screen.getByRole("button", { name: "Review order" })).toBeEnabled());
  });

  it("the stream's: live, then reconnecting", async () => {
    start();
    const socket = await goLive();
    expect(await screen.findByText("Live")).toBeVisible();
    act(() => socket.break());
    expect(await screen.findByText("Reconnecting")).toBeVisible();
  });

  it("everything is read again after a gap", async () => {
    start();
    const socket = await goLive();
    await table("Working orders");
    await waitFor(() => expect(queryClient.isFetching()).toBe(0));
    desk.orders = [{ ...(desk.handle("POST", "/api/v1/orders/", { symbol: "AMD", side: "BUY", quantity: "1", order_type: "MKT" }).body as Order), symbol: "MISSED" }];
    act(() => socket.say({ type: "event", seq: 9000, prev: 8000, channel: "gateway", event: "gateway.updated", data: desk.gateway }));
    expect(await screen.findByRole("button", { name: "MISSED" })).toBeVisible();
  });

  it("quotes arrive from the stream of the chosen symbol", async () => {
    start("/?symbol=AAPL");
    const socket = await goLive();
    await waitFor(() => expect(socket.sent.flatMap(({ channels }) => channels ?? [])).toContain("quotes:AAPL"));
    const strip = await screen.findByRole("group", { name: "Quote" });
    act(() => socket.say({ type: "quotes", data: [{ ...desk.quotes.get("AAPL"), last: "300.01", time: new Date().toISOString() }] }));
    await waitFor(() => expect(strip).toHaveTextContent("300.01"));
  });

  it("the account's figures follow the stream", async () => {
    start();
    await goLive();
    await screen.findByText("812,340.55", { exact: false });
    const account = { ...desk.account(), daily_pnl: "-42.10" };
    act(() => FakeSocket.latest.say({ type: "event", seq: 1, prev: 0, channel: "account", event: "account.updated", data: account }));
    expect(await screen.findByText("−42.10")).toBeVisible();
  });
});

describe("keys", () => {
  it("lead to the ticket with a side, to the search, to the tables and to the help", async () => {
    const { user, address } = start("/?symbol=AAPL");
    await table("Working orders");
    await user.keyboard("s");
    expect(screen.getByRole("button", { name: "Sell" })).toHaveAttribute("aria-pressed", "true");
    await waitFor(() => expect(screen.getByLabelText("Quantity")).toHaveFocus());
    await user.keyboard("{Tab}");
    (document.activeElement as HTMLElement).blur();
    await user.keyboard("/");
    await waitFor(() => expect(screen.getByRole("combobox", { name: "Instrument" })).toHaveFocus());
    (document.activeElement as HTMLElement).blur();
    await user.keyboard("4");
    expect(await table("Fills")).toBeVisible();
    expect(address()).toContain("view=fills");
    await user.keyboard("?");
    expect(await screen.findByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  });

  it("are letters again inside a field", async () => {
    const { user } = start("/?symbol=AAPL");
    await user.type(await screen.findByRole("combobox", { name: "Instrument" }), "sb?");
    expect(screen.getByRole("combobox", { name: "Instrument" })).toHaveValue("sb?");
    expect(screen.queryByRole("dialog")).toBeNull();
  });
});

describe("the other tabs", () => {
  it("show the account's values and what the gateway says", async () => {
    const { user } = start("/?view=account");
    expect(await within(await table("Account values")).findByText("Cushion")).toBeVisible();
    await user.click(screen.getByRole("tab", { name: "Gateway" }));
    expect(await screen.findByText("ib_insync 0.9.86")).toBeVisible();
  });

  it("show all orders and keep the filter in the address", async () => {
    desk.handle("POST", "/api/v1/orders/", { symbol: "AMD", side: "BUY", quantity: "10", order_type: "MKT" });
    const { user, address } = start("/?view=orders");
    expect(await within(await table("Orders")).findByRole("button", { name: "AMD" })).toBeVisible();
    await user.selectOptions(screen.getByLabelText("Filter by status"), "filled");
    expect(await screen.findByText("No order has this status.")).toBeVisible();
    expect(address()).toContain("status=filled");
  });
});
