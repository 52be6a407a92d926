import { screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { MockDesk } from "@/testing/mock-desk";
import { connectionLost, errorResponse, type MockFetch, mockFetch } from "@/testing/mock-fetch";
import { renderWithProviders } from "@/testing/render";

import { SignInForm } from "./sign-in-form";

let http: MockFetch;
const onSignedIn = vi.fn();

beforeEach(() => {
  onSignedIn.mockReset();
  http = mockFetch(new MockDesk({ signedIn: false }));
});

async function signIn(username: string, password: string) {
  const { user } = renderWithProviders(<SignInForm onSignedIn={onSignedIn} />);
  if (username) await user.type(screen.getByLabelText("Username"), username);
  if (password) await user.type(screen.getByLabelText("Password"), password);
  await user.click(screen.getByRole("button", { name: "Sign in" }));
}

describe("signing in", () => {
  it("hands over the session of a user who is known", async () => {
    await signIn("trader", "correct");
    await vi.waitFor(() => expect(onSignedIn).toHaveBeenCalledOnce());
    expect(onSignedIn.mock.calls[0]?.[0]).toMatchObject({ authenticated: true, user: { username: "trader" } });
  });

  it("fetches the CSRF cookie before its first change", async () => {
    document.cookie = "csrftoken=; expires=Thu, 01 Jan 1970 00:00:00 GMT; path=/";
    await signIn("trader", "correct");
    await vi.waitFor(() => expect(onSignedIn).toHaveBeenCalled());
    expect(http.sent.map(({ method }) => method)).toEqual(["GET", "POST"]);
  });

  it("says plainly that name and password do not match", async () => {
    await signIn("trader", "wrong");
    expect(await screen.findByRole("alert")).toHaveTextContent("That username and password do not match.");
    expect(onSignedIn).not.toHaveBeenCalled();
  });

  it("says which field is missing and asks nobody", async () => {
    await signIn("", "");
    expect(screen.getByText("Enter your username")).toBeVisible();
    expect(screen.getByText("Enter your password")).toBeVisible();
    expect(http.sentTo("POST", "/auth/session/")).toEqual([]);
  });

  it.each([
    ["a lock-out", () => errorResponse(429, "RATE_LIMIT_EXCEEDED", "Too many attempts; wait 5 minutes."), "Too many attempts; wait 5 minutes."],
    ["a dead line", connectionLost, "The desk could not be reached"],
  ])("explains %s", async (_, fault, words) => {
    http.fault = fault;
    await signIn("trader", "correct");
    expect(await screen.findByRole("alert")).toHaveTextContent(words);
  });
});
