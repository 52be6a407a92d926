import { screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { RIGHT_CODE } from "@/testing/mock-access";
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

describe("signing in with a second factor", () => {
  it("asks for the code after the right password, and says when it is wrong", async () => {
    const desk = new MockDesk({ signedIn: false });
    http = mockFetch(desk);
    desk.access.factor = { enrolled: true, required: false, recovery_codes_left: 10 };
    const { user } = renderWithProviders(<SignInForm onSignedIn={onSignedIn} />);
    expect(screen.queryByLabelText(/Code of your authenticator/)).toBeNull();
    await user.type(screen.getByLabelText("Username"), "trader");
    await user.type(screen.getByLabelText("Password"), "correct");
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    const code = await screen.findByLabelText(/Code of your authenticator/);
    expect(screen.queryByRole("alert")).toBeNull();
    await user.type(code, "000000");
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("That code is wrong, or was used before.");
    await user.clear(code);
    await user.type(code, RIGHT_CODE);
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    await vi.waitFor(() => expect(onSignedIn).toHaveBeenCalledOnce());
    expect(http.sentTo("POST", "/auth/session/").at(-1)?.body).toMatchObject({ code: RIGHT_CODE });
  });
});
