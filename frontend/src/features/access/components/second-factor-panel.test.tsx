import { screen, within } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { RIGHT_CODE } from "@/testing/mock-access";
import { MockDesk } from "@/testing/mock-desk";
import { mockFetch } from "@/testing/mock-fetch";
import { renderWithProviders } from "@/testing/render";

import { SecondFactorPanel } from "./second-factor-panel";

let desk: MockDesk;

beforeEach(() => {
  desk = new MockDesk();
  mockFetch(desk);
});

describe("setting a second factor up", () => {
  it("takes the password and a first code, and shows the recovery codes once", async () => {
    const onSetUp = vi.fn();
    const { user } = renderWithProviders(<SecondFactorPanel onSetUp={onSetUp} />);
    await user.click(await screen.findByRole("button", { name: "Set up" }));
    const dialog = await screen.findByRole("dialog");
    await user.type(within(dialog).getByLabelText("Your password"), "wrong");
    await user.click(within(dialog).getByRole("button", { name: "Next" }));
    expect(await within(dialog).findByText("is wrong")).toBeVisible();
    await user.clear(within(dialog).getByLabelText("Your password"));
    await user.type(within(dialog).getByLabelText("Your password"), "correct");
    await user.click(within(dialog).getByRole("button", { name: "Next" }));
    expect(await within(dialog).findByAltText("QR code for the authenticator app")).toBeVisible();
    await user.type(within(dialog).getByLabelText(/Code of your authenticator/), "000000");
    await user.click(within(dialog).getByRole("button", { name: "Turn it on" }));
    expect(await within(dialog).findByText("is wrong, or was used before")).toBeVisible();
    await user.clear(within(dialog).getByLabelText(/Code of your authenticator/));
    await user.type(within(dialog).getByLabelText(/Code of your authenticator/), RIGHT_CODE);
    await user.click(within(dialog).getByRole("button", { name: "Turn it on" }));
    expect((await screen.findByTestId("recovery-codes")).textContent.split("\n")).toHaveLength(10);
    await user.click(screen.getByRole("button", { name: "I have kept them" }));
    expect(onSetUp).toHaveBeenCalledOnce();
    expect(await screen.findByText(/10 recovery codes left/)).toBeVisible();
  });

  it("can be removed with a code, unless the role needs it", async () => {
    desk.access.factor = { enrolled: true, required: false, recovery_codes_left: 4 };
    const { user } = renderWithProviders(<SecondFactorPanel onSetUp={() => undefined} />);
    await user.click(await screen.findByRole("button", { name: "Remove" }));
    const dialog = await screen.findByRole("dialog");
    await user.type(within(dialog).getByLabelText(/Code of your authenticator/), RIGHT_CODE);
    await user.click(within(dialog).getByRole("button", { name: "Remove" }));
    expect(await screen.findByText(/your password alone opens nothing/)).toBeVisible();
  });

  it("says that nothing else opens when the role needs it", async () => {
    desk.access.factor = { enrolled: false, required: true, recovery_codes_left: 0 };
    renderWithProviders(<SecondFactorPanel onSetUp={() => undefined} />);
    expect(await screen.findByText(/Your role needs a second factor/)).toBeVisible();
  });
});
