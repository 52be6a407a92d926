import { screen } from "@testing-library/react";
import { expect, it } from "vitest";

import { MockDesk } from "@/testing/mock-desk";
import { mockFetch } from "@/testing/mock-fetch";
import { renderWithProviders } from "@/testing/render";
import { aPosition } from "@/testing/samples";

import { PositionsTable } from "./positions-table";

it("shows a position of which IB and our fills say different things, also when IB has none", async () => {
  const desk = new MockDesk();
  mockFetch(desk);
  desk.positions = [aPosition({ account: "DU1234567", quantity: "0", ledger_quantity: "100", differs_since: "2026-11-24T12:00:00Z" })];
  renderWithProviders(<PositionsTable account="DU1234567" onChoose={() => undefined} onClosePosition={() => undefined} />);
  expect(await screen.findByText("ours: 100")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Close AAPL" })).toBeNull();
});
