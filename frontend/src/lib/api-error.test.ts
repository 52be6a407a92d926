import { describe, expect, it } from "vitest";

import { ApiError, describeError, errorFromResponse, networkError } from "./api-error";

const body = {
  error_code: "ORDER_VALIDATION_FAILED",
  message: "The order is not valid.",
  details: { quantity: ["must be greater than zero", "must be whole"], limit_price: ["is required"], stop_price: "is odd", available: 12 },
  timestamp: "2026-11-24T12:00:00Z",
  request_id: "req-77",
};

describe("errorFromResponse", () => {
  it("keeps code, message, status and request id of the one error shape", () => {
    expect(errorFromResponse(422, body)).toMatchObject({ code: "ORDER_VALIDATION_FAILED", message: "The order is not valid.", status: 422, requestId: "req-77" });
  });

  it("gives each field its messages and none to others", () => {
    const error = errorFromResponse(422, body);
    expect(error.fieldMessages("quantity")).toEqual(["must be greater than zero", "must be whole"]);
    expect(error.fieldMessages("limit_price")).toEqual(["is required"]);
    expect(error.fieldMessages("stop_price")).toEqual(["is odd"]);
    expect(error.fieldMessages("available")).toEqual([]);
    expect(error.fieldMessages("side")).toEqual([]);
  });

  it("lists what no field shows", () => {
    expect(errorFromResponse(422, body).otherMessages(["quantity"])).toEqual([{ field: "limit_price", message: "is required" }]);
  });

  it.each([undefined, null, "<html>Bad gateway</html>", { detail: "nope" }])("names a body that is not the shape: %j", (other) => {
    expect(errorFromResponse(502, other)).toMatchObject({ code: "UNREADABLE_RESPONSE", status: 502 });
  });

  it("takes missing details for none", () => {
    expect(errorFromResponse(404, { ...body, details: null }).details).toEqual({});
  });
});

describe("whether the outcome is known", () => {
  it.each([
    [networkError(), true],
    [errorFromResponse(500, body), true],
    [errorFromResponse(502, "<html>"), true],
    [errorFromResponse(503, { ...body, error_code: "DATABASE_ERROR" }), true],
    [errorFromResponse(503, { ...body, error_code: "IB_CONNECTION_FAILED" }), false],
    [errorFromResponse(422, body), false],
    [errorFromResponse(409, body), false],
  ])("%s: %s", (error, isUnknown) => {
    expect(error.isOutcomeUnknown).toBe(isUnknown);
  });
});

it("describes anything that was thrown", () => {
  expect(describeError(new ApiError({ code: "CONFLICT", message: "Already filled.", status: 409 }))).toBe("Already filled. (CONFLICT)");
  expect(describeError(new Error("boom"))).toBe("boom");
  expect(describeError("x")).toBe("Something went wrong.");
});
