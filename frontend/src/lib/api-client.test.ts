import { beforeEach, describe, expect, it, vi } from "vitest";

import { MockDesk } from "@/testing/mock-desk";
import { connectionLost, errorResponse, type MockFetch, mockFetch } from "@/testing/mock-fetch";

import { api, readCookie, unwrap } from "./api-client";

let http: MockFetch;

beforeEach(() => {
  http = mockFetch(new MockDesk());
  document.cookie = "csrftoken=a%20token; path=/";
});

describe("requests", () => {
  it("send the CSRF token with changes and not with reads", async () => {
    await unwrap(api.GET("/api/v1/gateway/"));
    await unwrap(api.POST("/api/v1/orders/cancel-all/", { body: {} }));
    expect(http.sent.map(({ headers }) => headers.get("X-CSRFToken"))).toEqual([null, "a token"]);
  });

  it("read cookies by their whole name", () => {
    expect(readCookie("token")).toBeNull();
  });
});

describe("failures", () => {
  it("throw the API's error", async () => {
    http.fault = () => errorResponse(429, "RATE_LIMIT_EXCEEDED", "Slow down.");
    await expect(unwrap(api.GET("/api/v1/gateway/"))).rejects.toMatchObject({ code: "RATE_LIMIT_EXCEEDED", status: 429 });
  });

  it("throw a network error when there is no answer", async () => {
    http.fault = connectionLost;
    await expect(unwrap(api.GET("/api/v1/gateway/"))).rejects.toMatchObject({ code: "NETWORK_ERROR", status: 0 });
  });

  it("throw a network error when a good answer is no JSON", async () => {
    http.fault = () => new Response('{"id": "half an ord', { status: 201, headers: { "Content-Type": "application/json" } });
    await expect(unwrap(api.GET("/api/v1/gateway/"))).rejects.toMatchObject({ code: "NETWORK_ERROR" });
  });

  it("name a proxy's HTML page by its status", async () => {
    http.fault = () => new Response("<html>Bad gateway</html>", { status: 502 });
    await expect(unwrap(api.GET("/api/v1/gateway/"))).rejects.toMatchObject({ code: "UNREADABLE_RESPONSE", status: 502 });
  });

  it("let a caller's own abort through as what it is", async () => {
    const controller = new AbortController();
    http.fault = () => new Promise((_, reject) => setTimeout(() => reject(new DOMException("aborted", "AbortError")), 20));
    const call = unwrap(api.GET("/api/v1/gateway/", { signal: controller.signal }));
    controller.abort();
    await expect(call).rejects.toMatchObject({ name: "AbortError" });
    expect(vi.isMockFunction(fetch)).toBe(false);
  });
});
