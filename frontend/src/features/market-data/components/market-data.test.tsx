import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { liveStatusStore } from "@/lib/live-status";
import { MockDesk } from "@/testing/mock-desk";
import { errorResponse, type MockFetch, mockFetch } from "@/testing/mock-fetch";
import { renderWithProviders } from "@/testing/render";
import { anInstrument, aQuote } from "@/testing/samples";

import { ChartPanel, dayChange } from "./chart-panel";
import { InstrumentSearch } from "./instrument-search";
import { QuoteStrip } from "./quote-strip";

vi.mock("./price-chart", () => ({ default: ({ label, bars }: { label: string; bars: unknown[] }) => <p>{`${label} (${bars.length} bars)`}</p> }));

let http: MockFetch;
const onChoose = vi.fn();

beforeEach(() => {
  http = mockFetch(new MockDesk());
  onChoose.mockReset();
  liveStatusStore.set({ state: "live", since: 0, attempts: 0 });
});

const field = () => screen.getByRole("combobox", { name: "Instrument" });
const search = (symbol?: string) => renderWithProviders(<InstrumentSearch symbol={symbol} onChoose={onChoose} />);

describe("instrument search", () => {
  it("finds by symbol and is chosen by keyboard", async () => {
    const { user } = search();
    await user.type(field(), "am");
    await screen.findByRole("option", { name: /AMZN/ });
    await user.keyboard("{ArrowDown}{Enter}");
    expect(onChoose).toHaveBeenCalledWith(expect.objectContaining({ symbol: "AMZN" }));
  });

  it("takes the first match with Enter alone", async () => {
    const { user } = search();
    await user.type(field(), "nvd");
    await screen.findByRole("option", { name: /NVDA/ });
    await user.keyboard("{Enter}");
    expect(onChoose).toHaveBeenCalledWith(expect.objectContaining({ symbol: "NVDA" }));
  });

  it("does not lose an Enter that comes before the answer", async () => {
    const { user } = search();
    await user.type(field(), "msft{Enter}");
    await waitFor(() => expect(onChoose).toHaveBeenCalledWith(expect.objectContaining({ symbol: "MSFT" })));
    expect(onChoose).toHaveBeenCalledOnce();
  });

  it("asks once for a word, not for each letter", async () => {
    const { user } = search();
    await user.type(field(), "tsla");
    await screen.findByRole("option", { name: /TSLA/ });
    expect(http.sentTo("GET", "/instruments/")).toHaveLength(1);
  });

  it("keeps markup as text", async () => {
    const { user } = search();
    await user.type(field(), "<script>alert(1)</script>");
    expect(await screen.findByText("Nothing found for “<script>alert(1)</script>”")).toBeVisible();
    expect(field()).toHaveValue("<script>alert(1)</script>");
    expect(document.querySelector("script")).toBeNull();
  });

  it("says why a search failed", async () => {
    http.fault = () => errorResponse(429, "RATE_LIMIT_EXCEEDED", "Too many searches.");
    const { user } = search();
    await user.type(field(), "x");
    expect(await screen.findByText("Too many searches. (RATE_LIMIT_EXCEEDED)")).toBeVisible();
  });

  it("goes back to the chosen symbol with Escape", async () => {
    const { user } = search("AAPL");
    await user.clear(field());
    await user.type(field(), "zzz{Escape}");
    expect(field()).toHaveValue("AAPL");
  });
});

describe("the quote", () => {
  const fresh = () => ({ ...aQuote(), seenAt: Date.now() });

  it("shows prices, sizes and age, and hands over a price that is clicked", async () => {
    const onPickPrice = vi.fn();
    const { user } = renderWithProviders(<QuoteStrip quote={fresh()} minTick="0.01" onPickPrice={onPickPrice} />);
    const strip = screen.getByRole("group", { name: "Quote" });
    expect(strip).toHaveTextContent("Bid228.51× 300");
    expect(strip).toHaveTextContent("Ask228.53× 200");
    expect(strip).toHaveTextContent(/\d s ago/);
    await user.click(within(strip).getByRole("button", { name: /Ask/ }));
    expect(onPickPrice).toHaveBeenCalledWith("228.53");
  });

  it("is greyed and called stale when it is old", () => {
    renderWithProviders(<QuoteStrip quote={{ ...aQuote(), seenAt: Date.now() - 90_000 }} minTick="0.01" />);
    const strip = screen.getByRole("group", { name: "Quote" });
    expect(strip).toHaveAttribute("data-stale", "true");
    expect(strip).toHaveTextContent("Stale: no update, 1 min ago");
  });

  it("says that there is none", () => {
    renderWithProviders(<QuoteStrip quote={null} minTick="0.01" />);
    expect(screen.getByRole("group", { name: "Quote" })).toHaveTextContent("No quote");
  });
});

describe("the chart", () => {
  it("loads bars of the chosen range", async () => {
    const { user } = renderWithProviders(<ChartPanel instrument={anInstrument()} marks={[]} />);
    expect(await screen.findByText(/Price chart of AAPL, 1 day of 5 minute bars.*120 bars/)).toBeVisible();
    await user.click(screen.getByText("1M"));
    expect(await screen.findByText(/1 month of hourly bars/)).toBeVisible();
  });

  it("says why there are no bars", async () => {
    http.fault = ({ path }) => (path.endsWith("/bars/") ? errorResponse(422, "IB_INVALID_CONTRACT", "No such contract.") : undefined);
    renderWithProviders(<ChartPanel instrument={anInstrument()} marks={[]} />);
    expect(await screen.findByText("No such contract.")).toBeVisible();
  });

  it("reckons the day's change exactly", () => {
    expect(dayChange({ last: "228.52", close: "227.15" })).toEqual({ amount: "1.37", percent: "0.6" });
    expect(dayChange({ last: null, close: "227.15" })).toBeNull();
    expect(dayChange({ last: "1", close: "0" })).toBeNull();
  });
});
