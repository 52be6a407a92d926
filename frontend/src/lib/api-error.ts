/** The API's one error shape as an exception, and what a form or a toast needs to know about it. */
import type { ErrorBody } from "@/types/models";

export const NETWORK_ERROR = "NETWORK_ERROR";
export const UNREADABLE_RESPONSE = "UNREADABLE_RESPONSE";

/** Refusals that happen before anything is recorded: the same request may be corrected and sent anew. */
const REFUSED_BEFORE_RECORDING = new Set(["IB_CONNECTION_FAILED"]);

export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: Record<string, unknown>;
  readonly requestId: string | null;

  constructor(init: { code: string; message: string; status: number; details?: Record<string, unknown>; requestId?: string | null }) {
    super(init.message);
    this.name = "ApiError";
    this.code = init.code;
    this.status = init.status;
    this.details = init.details ?? {};
    this.requestId = init.requestId ?? null;
  }

  /** Messages of one field, `[]` when it has none. */
  fieldMessages(field: string): string[] {
    return toMessages(this.details[field]);
  }

  /** Messages of every field that none of `shown` takes care of. The figures of a denial are said in its message. */
  otherMessages(shown: readonly string[]): { field: string; message: string }[] {
    return Object.entries(this.details)
      .filter(([field, value]) => Array.isArray(value) && !shown.includes(field))
      .flatMap(([field, value]) => toMessages(value).map((message) => ({ field, message })));
  }

  /** Whether the server may have acted on the request although it did not say so. */
  get isOutcomeUnknown(): boolean {
    if (REFUSED_BEFORE_RECORDING.has(this.code)) return false;
    return this.status === 0 || this.status === 408 || this.status >= 500;
  }

  get isSignedOut(): boolean {
    return this.status === 401;
  }
}

function toMessages(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (!Array.isArray(value)) return [];
  return value.filter((entry): entry is string => typeof entry === "string");
}

/** The code is enough to tell our shape; the rest may be missing in the worst of failures. */
function isErrorBody(body: unknown): body is Pick<ErrorBody, "error_code" | "message"> & Partial<ErrorBody> {
  return typeof body === "object" && body !== null && "error_code" in body && "message" in body;
}

/** The error of a response that is not ok; bodies in another shape (a proxy's HTML page) are named as such. */
export function errorFromResponse(status: number, body: unknown): ApiError {
  if (isErrorBody(body)) {
    return new ApiError({
      code: body.error_code,
      message: body.message,
      status,
      details: body.details ?? {},
      requestId: body.request_id,
    });
  }
  return new ApiError({ code: UNREADABLE_RESPONSE, message: `The desk answered ${status} without saying why.`, status });
}

/** The error of a request that got no answer. */
export function networkError(): ApiError {
  return new ApiError({ code: NETWORK_ERROR, message: "The desk could not be reached.", status: 0 });
}

/** A sentence for a person, whatever was thrown. */
export function describeError(error: unknown): string {
  if (error instanceof ApiError) return `${error.message} (${error.code})`;
  return error instanceof Error ? error.message : "Something went wrong.";
}
