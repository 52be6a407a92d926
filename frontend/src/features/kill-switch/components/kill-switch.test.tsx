import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, expect, it } from "vitest";

import { MockDesk } from "@/testing/mock-desk";
import { errorResponse, type MockFetch, mockFetch } from "@/testing/mock-fetch";
import { renderWithProviders } from "@/testing/render";

import { KillSwitchBanner } from "./kill-switch-banner";
import { KillSwitchButton } from "./kill-switch-button";

let desk: MockDesk;
let http: MockFetch;
const PATH = "/risk/kill-switch/";
const ENGAGED = { engaged: true, cancel_orders: true, flatten: true, reason: "Strategy runs wild", changed_by: "ada", changed_at: "2026-11-24T15:00:00Z" };

beforeEach(() => {
  desk = new MockDesk();
  http = mockFetch(desk);
});

const show = () =>
  renderWithProviders(
    <>
      <KillSwitchButton />
      <KillSwitchBanner />
    </>,
  );

it("engages only with a reason, as asked for, and then says so in place of the button", async () => {
  const { user } = show();
  await user.click(await screen.findByRole("button", { name: "Kill switch" }));
  const dialog = await screen.findByRole("dialog", { name: "Stop all trading?" });
  const submit = within(dialog).getByRole("button", { name: "Stop all trading" });
  expect(submit).toBeDisabled();
  await user.click(within(dialog).getByRole("checkbox", { name: /Close every position/ }));
  await user.type(within(dialog).getByLabelText(/Why/), " Strategy runs wild ");
  await user.click(submit);
  expect(await screen.findByRole("alert")).toHaveTextContent(/Kill switch engaged by trader.*Strategy runs wild/);
  expect(http.sentTo("POST", PATH).map(({ body }) => body)).toEqual([
    { engaged: true, cancel_orders: true, flatten: true, reason: "Strategy runs wild" },
  ]);
  await waitFor(() => expect(screen.queryByRole("button", { name: "Kill switch" })).toBeNull());
});

it("closes no positions while their orders stay", async () => {
  const { user } = show();
  await user.click(await screen.findByRole("button", { name: "Kill switch" }));
  const closes = await screen.findByRole("checkbox", { name: /Close every position/ });
  await user.click(closes);
  await user.click(screen.getByRole("checkbox", { name: "Cancel every working order" }));
  expect(closes).toBeDisabled();
  expect(closes).not.toBeChecked();
  await user.type(screen.getByLabelText(/Why/), "no more{Enter}");
  await user.click(screen.getByRole("button", { name: "Stop all trading" }));
  await waitFor(() => expect(http.sentTo("POST", PATH)[0]?.body).toMatchObject({ cancel_orders: false, flatten: false }));
});

it("keeps the dialog and what was typed when the desk refuses", async () => {
  const { user } = show();
  await user.click(await screen.findByRole("button", { name: "Kill switch" }));
  http.fault = ({ method }) => (method === "POST" ? errorResponse(403, "AUTHORIZATION_FAILED", "Engaging the kill switch takes a trader") : undefined);
  await user.type(await screen.findByLabelText(/Why/), "stop");
  await user.click(screen.getByRole("button", { name: "Stop all trading" }));
  expect(await screen.findByText(/takes a trader/)).toBeVisible();
  expect(screen.getByLabelText(/Why/)).toHaveValue("stop");
});

it("tells what is left, and what it waits for", async () => {
  desk.killSwitch = {
    ...desk.killSwitch, ...ENGAGED, orders_left_count: 1, positions_left_count: 2,
    positions_left: [{ account: "DU1", symbol: "AAPL", quantity: "30", note: "The market is closed until 2026-11-25 14:30 UTC" }],
  };
  show();
  const banner = await screen.findByRole("alert");
  expect(banner).toHaveTextContent("Left in your accounts: 1 order, 2 positions. AAPL: The market is closed until 2026-11-25 14:30 UTC.");
});

it("says that all is done only when the whole desk is flat", async () => {
  desk.killSwitch = { ...desk.killSwitch, ...ENGAGED, cancelled_at: "2026-11-24T15:00:01Z" };
  const { queryClient } = show();
  expect(await screen.findByRole("alert")).toHaveTextContent("Left in your accounts: 0 orders, 0 positions.");
  desk.killSwitch = { ...desk.killSwitch, flat_at: "2026-11-24T15:00:02Z" };
  await queryClient.invalidateQueries();
  await waitFor(() => expect(screen.getByRole("alert")).toHaveTextContent("All is cancelled and flat."));
});

it("offers the release only to who may, and asks why", async () => {
  desk.killSwitch = { ...desk.killSwitch, ...ENGAGED };
  const { user, queryClient } = show();
  await user.click(await screen.findByRole("button", { name: "Release" }));
  await user.type(await screen.findByLabelText(/Why/), "Strategy stopped");
  await user.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Release" }));
  await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
  expect(http.sentTo("POST", PATH)[0]?.body).toMatchObject({ engaged: false, reason: "Strategy stopped" });
  desk.killSwitch = { ...desk.killSwitch, ...ENGAGED, may_release: false };
  await queryClient.invalidateQueries();
  expect(await screen.findByRole("alert")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Release" })).toBeNull();
});
