/** The one door to the REST API: typed paths, session cookie, CSRF token, the one error shape. */
import createClient, { type Middleware } from "openapi-fetch";

import type { paths } from "@/types/api";

import { ApiError, errorFromResponse, networkError } from "./api-error";

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);
/** Longer than the slowest honest answer (a question to IB); after that the outcome counts as unknown. */
const TIMEOUT_MS = 20_000;

export function readCookie(name: string): string | null {
  const prefix = `${name}=`;
  const found = document.cookie.split("; ").find((part) => part.startsWith(prefix));
  return found === undefined ? null : decodeURIComponent(found.slice(prefix.length));
}

const csrf: Middleware = {
  onRequest({ request }) {
    const token = readCookie("csrftoken");
    if (token !== null && !SAFE_METHODS.has(request.method)) request.headers.set("X-CSRFToken", token);
    return request;
  },
};

async function fetchWithTimeout(request: Request): Promise<Response> {
  try {
    return await fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT_MS)]) });
  } catch (error) {
    if (request.signal.aborted) throw error; // the caller gave up; that is no failure
    throw networkError();
  }
}

export const api = createClient<paths>({
  baseUrl: window.location.origin,
  credentials: "same-origin",
  headers: { Accept: "application/json" },
  fetch: fetchWithTimeout,
});
api.use(csrf);

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** The data of an answer; throws `ApiError` for every answer that is no success. */
export async function unwrap<Data>(call: Promise<Answer<Data>>): Promise<Data> {
  let answer: Answer<Data>;
  try {
    answer = await call;
  } catch (error) {
    // a body that breaks off or is no JSON: the answer is lost, whatever it was
    throw error instanceof SyntaxError || error instanceof TypeError ? networkError() : error;
  }
  if (!answer.response.ok) throw errorFromResponse(answer.response.status, answer.error);
  return answer.data as Data;
}

export { ApiError };
