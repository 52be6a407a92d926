import { screen } from "@testing-library/react";
import { expect, it } from "vitest";

import { MockDesk } from "@/testing/mock-desk";
import { jsonResponse, mockFetch } from "@/testing/mock-fetch";
import { renderWithProviders } from "@/testing/render";
import { anAccount } from "@/testing/samples";

import { AccountPanel } from "./account-panel";

it("shows history with its gaps and values by currency", async () => {
  mockFetch(new MockDesk());
  renderWithProviders(<AccountPanel account="DU1234567" />);
  expect(await screen.findByRole("img", { name: /Net liquidation from .* 1 gap/ })).toBeVisible();
  expect(await screen.findByText("USD (base)")).toBeVisible();
  expect(screen.getByText("1.0821")).toBeVisible();
  expect(screen.queryByText("stale")).toBeNull();
});

it("says that figures are stale, and shows what IB left unset as missing", async () => {
  const desk = mockFetch(new MockDesk());
  const at = "2026-11-24T12:00:00Z";
  desk.fault = ({ path }) =>
    path.endsWith("/DU1/")
      ? jsonResponse(200, {
          ...anAccount({ is_stale: true }),
          values: [{ tag: "SMA", currency: "USD", value: "1.7976931348623157E308", amount: null, as_of: at }],
        })
      : undefined;
  renderWithProviders(<AccountPanel account="DU1" />);
  expect(await screen.findByText("stale")).toBeVisible();
  expect((await screen.findByText("SMA")).closest("tr")).toHaveTextContent("–");
});
