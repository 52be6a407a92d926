import { screen, waitFor, within } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";

import { MockDesk } from "@/testing/mock-desk";
import { errorResponse, type MockFetch, mockFetch } from "@/testing/mock-fetch";
import { renderWithProviders } from "@/testing/render";
import { anIncident } from "@/testing/samples";

import { updateIncidentEverywhere } from "../api/incidents";
import { answersSentence } from "../evidence";
import { IncidentBanner } from "./incident-banner";
import { IncidentsDrawer } from "./incidents-drawer";

let desk: MockDesk;
let http: MockFetch;
const onOpen = vi.fn();
const WORD = "IB's order desk has no such order, ticket 4711";

beforeEach(() => {
  desk = new MockDesk();
  http = mockFetch(desk);
  desk.setIncident(anIncident());
});

const show = () =>
  renderWithProviders(
    <>
      <IncidentBanner onOpen={onOpen} />
      <IncidentsDrawer isOpen onClose={vi.fn()} onOpenOrder={vi.fn()} />
    </>,
  );

it("says across the desk what waits, and is gone when evidence settles it", async () => {
  const { queryClient } = renderWithProviders(<IncidentBanner onOpen={onOpen} />);
  expect(await screen.findByRole("alert")).toHaveTextContent("IB does not say what became of an order: BUY 75 AMD.");
  updateIncidentEverywhere(queryClient, anIncident({ id: "2" }));
  await waitFor(() => expect(screen.getByRole("alert")).toHaveTextContent("and 1 more"));
  updateIncidentEverywhere(queryClient, anIncident({ is_open: false }));
  updateIncidentEverywhere(queryClient, anIncident({ id: "2", is_open: false }));
  await waitFor(() => expect(screen.queryByRole("alert")).toBeNull());
});

it("shows what was sent, what IB answered and what it said", async () => {
  show();
  const card = await screen.findByRole("article");
  for (const told of ["No acknowledgement within 10 s", "under IB order id 42", "IB answered in full 2 times", "the latest held 0 open", "10147"]) {
    expect(card).toHaveTextContent(told);
  }
});

it("ends an order on a word only with a reason", async () => {
  const { user } = show();
  await user.click(await screen.findByRole("button", { name: "It never reached IB" }));
  const dialog = await screen.findByRole("dialog", { name: "It never reached IB?" });
  const submit = within(dialog).getByRole("button", { name: "It never reached IB" });
  expect(dialog).toHaveTextContent("without evidence from IB");
  await user.type(within(dialog).getByLabelText(/How do you know/), "dunno");
  expect(submit).toBeDisabled();
  await user.clear(within(dialog).getByLabelText(/How do you know/));
  await user.type(within(dialog).getByLabelText(/How do you know/), WORD);
  await user.click(submit);
  await waitFor(() => expect(screen.queryByRole("article")).toBeNull());
  expect(http.sentTo("POST", "/incidents/1/resolve/").map(({ body }) => body)).toEqual([{ choice: "never_reached", reason: WORD }]);
});

it("keeps the dialog and says why when the choice does not fit any more", async () => {
  const { user } = show();
  await user.click(await screen.findByRole("button", { name: "Ask IB again now" }));
  http.fault = ({ method }) => (method === "POST" ? errorResponse(503, "IB_CONNECTION_FAILED", "No order can be sent to IB now: disconnected") : undefined);
  const dialog = await screen.findByRole("dialog", { name: "Ask IB again now?" });
  await user.click(within(dialog).getByRole("button", { name: "Ask IB again now" }));
  expect(await within(dialog).findByRole("alert")).toHaveTextContent("disconnected");
});

it("is quiet, but not gone, once somebody waits", async () => {
  const { user } = show();
  await user.click(await screen.findByRole("button", { name: "Keep waiting" }));
  await user.click(within(await screen.findByRole("dialog", { name: "Keep waiting?" })).getByRole("button", { name: "Keep waiting" }));
  expect(await screen.findByText("trader waits")).toBeVisible();
  expect(screen.getByText(/Acknowledged; it stays open/)).toBeVisible();
});

it("never takes silence for none", () => {
  expect(answersSentence({ count: 0, first: null, last: null })).toContain("not “none”");
});
