import { screen } from "@testing-library/react";
import { beforeEach, expect, it } from "vitest";

import { MockDesk } from "@/testing/mock-desk";
import { mockFetch } from "@/testing/mock-fetch";
import { renderWithProviders } from "@/testing/render";

import { gatewayObstacle } from "../words";
import { GatewayPanel } from "./gateway-panel";
import { GatewayBanner } from "./gateway-pill";

let desk: MockDesk;

beforeEach(() => {
  desk = new MockDesk();
  mockFetch(desk);
});

it("says what waits for a login, and what to do about it", async () => {
  desk.setGateway({ state: "waiting_for_login", ready: false, reason: "IB Gateway is probably waiting for a login" });
  renderWithProviders(<GatewayPanel />);
  expect(await screen.findByText("Gateway waits for login")).toBeVisible();
  expect(screen.getByText(/^Sign in to IB Gateway/)).toBeVisible();
});

it("shows broken farms, clocks that disagree and who stands by", async () => {
  const since = "2026-11-24T12:00:00Z";
  desk.setGateway({
    farms_down: [{ farm: "usfarm", kind: "quotes", since }], clock_note: "The clocks differ by 4 s", clock_since: since,
    standbys: [{ state: "standby", host: "desk-b", pid: 4711, reason: null, since, heartbeat_at: since }],
  });
  renderWithProviders(<GatewayPanel />);
  expect(await screen.findByText(/data farm usfarm \(quotes\) is down/)).toBeVisible();
  expect(screen.getByText(/The clocks differ by 4 s/)).toBeVisible();
  expect(screen.getByText(/desk-b, process 4711/)).toBeVisible();
});

it("says of a planned interruption once that orders are refused", async () => {
  const reason = "Planned: daily restart until 04:52:00 UTC: new orders and changes are refused.";
  desk.setGateway({ state: "degraded", ready: false, takes_cancels: true, planned_until: "2026-11-25T04:52:00Z", reason });
  renderWithProviders(<GatewayBanner />);
  const banner = await screen.findByRole("alert");
  expect(banner.textContent.match(/refused/g)).toHaveLength(1);
  expect(banner).toHaveTextContent("Working orders stay at IB and can be cancelled.");
  expect(gatewayObstacle(desk.gateway)).toBe("Daily restart until 04:52:00 UTC: new orders and changes are refused.");
});
