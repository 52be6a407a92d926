import { screen } from "@testing-library/react";
import { expect, it } from "vitest";

import { ApiError } from "@/lib/api-error";
import { renderWithProviders } from "@/testing/render";

import { ErrorNote } from "./error-note";

const error = new ApiError({
  code: "INSUFFICIENT_FUNDS",
  message: "The order needs more than is available.",
  status: 422,
  details: { available: "1200.00", symbol: ["unknown"], quantity: ["too many"], non_field_errors: ["Look again."] },
  requestId: "req-9",
});

it("shows message, code, request id, and what no field shows", () => {
  renderWithProviders(<ErrorNote error={error} shownFields={["quantity"]} />);
  const note = screen.getByRole("alert");
  expect(note).toHaveTextContent("The order needs more than is available.");
  expect(note).toHaveTextContent("INSUFFICIENT_FUNDS · request req-9");
  expect(note).toHaveTextContent("symbol: unknown");
  expect(screen.getByText("Look again.")).toBeVisible();
  expect(note).not.toHaveTextContent("too many");
});

it("says something about any failure", () => {
  renderWithProviders(<ErrorNote error={new Error("boom")} />);
  expect(screen.getByRole("alert")).toHaveTextContent("boom");
});
