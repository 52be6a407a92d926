/** Answers `fetch` from a `MockDesk`, with faults on demand. */
import { vi } from "vitest";

import type { MockDesk } from "./mock-desk";

export interface SentRequest {
  method: string;
  path: string;
  body: unknown;
  headers: Headers;
}

/** What to do with one request instead of asking the desk; undefined lets it through. */
export type Fault = (request: SentRequest) => Response | Promise<Response> | undefined;

export function jsonResponse(status: number, body: unknown): Response {
  return new Response(body === null ? null : JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
}

export function errorResponse(status: number, code: string, message: string, details: Record<string, unknown> = {}): Response {
  return jsonResponse(status, { error_code: code, message, details, timestamp: "2026-11-24T12:00:00Z", request_id: "req-1" });
}

/** The line is dead: what a browser's fetch does then. */
export function connectionLost(): Promise<Response> {
  return Promise.reject(new TypeError("Failed to fetch"));
}

export interface MockFetch {
  sent: SentRequest[];
  /** Requests of one kind, such as `sentTo("POST", "/orders/")`. */
  sentTo: (method: string, path: string) => SentRequest[];
  fault: Fault | undefined;
}

export function mockFetch(desk: MockDesk): MockFetch {
  const mock: MockFetch = {
    sent: [],
    sentTo: (method, path) => mock.sent.filter((request) => request.method === method && request.path === `/api/v1${path}`),
    fault: undefined,
  };
  vi.stubGlobal("fetch", async (input: Request): Promise<Response> => {
    const text = await input.clone().text();
    const url = new URL(input.url);
    const request = { method: input.method, path: url.pathname, body: text === "" ? undefined : (JSON.parse(text) as unknown), headers: input.headers };
    mock.sent.push(request);
    const faulty = mock.fault?.(request);
    if (faulty !== undefined) return faulty;
    const { status, body } = desk.handle(input.method, `${url.pathname}${url.search}`, request.body);
    return jsonResponse(status, body);
  });
  return mock;
}
