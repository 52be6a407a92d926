import { screen, within } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { MockDesk } from "@/testing/mock-desk";
import { errorResponse, type MockFetch, mockFetch } from "@/testing/mock-fetch";
import { renderWithProviders } from "@/testing/render";
import type { Me } from "@/types/models";

import { ApiKeysPanel } from "./api-keys-panel";
import { SignInsPanel } from "./sign-ins-panel";

const USER: Me = {
  id: 1, username: "trader", is_staff: false, is_superuser: false, may_operate: false,
  second_factor: { enrolled: false, required: false },
  accounts: [{ account: "DU1000001", role: "trader", permissions: ["see", "trade"], may_trade: true }],
};
let http: MockFetch;

beforeEach(() => {
  http = mockFetch(new MockDesk());
});

describe("API keys", () => {
  it("shows a new key once, with the scopes and accounts that were ticked", async () => {
    const { user } = renderWithProviders(<ApiKeysPanel user={USER} />);
    await user.click(screen.getByRole("button", { name: "New key" }));
    const dialog = await screen.findByRole("dialog");
    await user.type(within(dialog).getByLabelText(/Name/), "Pairs");
    await user.click(within(dialog).getByLabelText(/^Trade:/));
    await user.click(within(dialog).getByLabelText("DU1000001"));
    await user.click(within(dialog).getByRole("button", { name: "Make key" }));
    expect((await screen.findByTestId("new-key")).textContent).toMatch(/^desk_/);
    expect(http.sentTo("POST", "/auth/api-keys/")[0]?.body).toMatchObject({ name: "Pairs", scopes: ["read", "trade"], accounts: ["DU1000001"] });
    await user.click(screen.getByRole("button", { name: "I have kept it" }));
    await vi.waitFor(() => expect(screen.queryByTestId("new-key")).toBeNull());
    expect(await screen.findByText(/^Pairs/)).toBeVisible();
  });

  it("revokes after a second click", async () => {
    const { user } = renderWithProviders(<ApiKeysPanel user={USER} />);
    await user.click(await screen.findByRole("button", { name: "Revoke" }));
    expect(http.sentTo("DELETE", "/auth/api-keys/2/")).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Revoke for good" }));
    await vi.waitFor(() => expect(http.sentTo("DELETE", "/auth/api-keys/2/")).toHaveLength(1));
    await vi.waitFor(() => expect(screen.queryByRole("button", { name: /Revoke/ })).toBeNull());
  });

  it("says why a key was refused", async () => {
    const { user } = renderWithProviders(<ApiKeysPanel user={USER} />);
    await user.click(screen.getByRole("button", { name: "New key" }));
    await user.type(await screen.findByLabelText(/Name/), "Pairs");
    http.fault = () => errorResponse(409, "CONFLICT", "A person has at most 50 keys; revoke one first");
    await user.click(screen.getByRole("button", { name: "Make key" }));
    expect(await screen.findByText("A person has at most 50 keys; revoke one first")).toBeVisible();
  });
});

describe("sign-ins", () => {
  it("ends one, and everything on demand", async () => {
    const onSignedOut = vi.fn();
    const { user } = renderWithProviders(<SignInsPanel onSignedOut={onSignedOut} />);
    await user.click(await screen.findByRole("button", { name: "End" }));
    await vi.waitFor(() => expect(screen.queryByRole("button", { name: "End" })).toBeNull());
    await user.click(screen.getByRole("button", { name: "Sign out everywhere" }));
    const dialog = await screen.findByRole("dialog");
    await user.click(within(dialog).getByLabelText("Revoke my API keys as well"));
    await user.click(within(dialog).getByRole("button", { name: "Sign out everywhere" }));
    await vi.waitFor(() => expect(onSignedOut).toHaveBeenCalledOnce());
    expect(http.sentTo("POST", "/auth/sign-out-everywhere/")[0]?.body).toEqual({ revoke_api_keys: true });
  });
});
