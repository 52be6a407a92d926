/** Second factor, keys and sign-ins of the mock desk's one person. */
import type { ApiKey, ApiKeyRequest, SecondFactor, SignIn } from "../types/models.ts";

interface Answer {
  status: number;
  body: unknown;
}

const DAY = 86_400_000;
const at = (milliseconds: number) => new Date(Date.now() + milliseconds).toISOString();
const notFound: Answer = {
  status: 404,
  body: { error_code: "RESOURCE_NOT_FOUND", message: "There is no such thing.", details: {}, timestamp: at(0), request_id: "req-mock" },
};

/** The code that is always right here. */
export const RIGHT_CODE = "123456";
const CODES = Array.from({ length: 10 }, (_, index) => `mfrg-gzdf-mztw-q2l${"abcdefghij"[index] ?? ""}`);
const QR =
  "data:image/svg+xml;utf8," +
  encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path fill="#fff" d="M0 0h9v9H0z"/><path d="M1 1h3v3H1zM5 1h3v3H5zM1 5h3v3H1zM6 6h1v1H6z"/></svg>');

export class MockAccess {
  factor: SecondFactor = { enrolled: false, required: false, recovery_codes_left: 0 };
  keys: ApiKey[];
  signIns: SignIn[] = [
    {
      id: "0193aaaa-7c1e-7000-8000-000000000001", created_at: at(-2 * DAY), last_used_at: at(-60_000), expires_at: at(5 * DAY),
      address: "10.0.0.7", user_agent: "python-requests/2.32",
    },
  ];
  #lastId = 2;

  constructor(account: string) {
    this.keys = [
      {
        id: 2, name: "Momentum strategy", prefix: "desk_4f1c09ab22", scopes: ["read", "trade"], accounts: [account], status: "active",
        created_at: at(-9 * DAY), expires_at: at(21 * DAY), last_used_at: at(-45_000), last_used_from: "10.0.0.7", revoked_at: null,
      },
      {
        id: 1, name: "Old notebook", prefix: "desk_a81e77c010", scopes: ["read"], accounts: null, status: "revoked",
        created_at: at(-90 * DAY), expires_at: at(9 * DAY), last_used_at: null, last_used_from: null, revoked_at: at(-30 * DAY),
      },
    ];
  }

  handle(method: string, path: string, body: unknown): Answer {
    if (path.startsWith("/auth/second-factor/")) return this.#secondFactor(method, path, body as { password?: string; code?: string });
    const id = /\/([^/]+)\/$/.exec(path)?.[1];
    if (path.startsWith("/auth/api-keys/")) return this.#keys(method, id, body as ApiKeyRequest | undefined);
    if (path.startsWith("/auth/sign-ins/")) return this.#signIns(method, id);
    if (path === "/auth/sign-out-everywhere/") return { status: 200, body: { sign_ins: this.signIns.length, api_keys: 0 } };
    return notFound;
  }

  /** Why a sign-in without or with this code is refused; null when it is not. */
  codeRefusal(code: string | undefined): "required" | "wrong" | null {
    if (!this.factor.enrolled || code === RIGHT_CODE) return null;
    return code === undefined || code === "" ? "required" : "wrong";
  }

  #secondFactor(method: string, path: string, body: { password?: string; code?: string }): Answer {
    if (method === "GET") return { status: 200, body: this.factor };
    if (path === "/auth/second-factor/") {
      if (body.password !== "correct") return invalid("password", "is wrong");
      return { status: 201, body: { secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", uri: "otpauth://totp/IBKR%20Desk:trader", qr: QR } };
    }
    if (body.code !== RIGHT_CODE) return invalid("code", "is wrong, or was used before");
    const isGone = path.endsWith("/remove/");
    this.factor = { ...this.factor, enrolled: !isGone, recovery_codes_left: isGone ? 0 : CODES.length };
    return isGone ? { status: 204, body: null } : { status: 200, body: { recovery_codes: CODES } };
  }

  #keys(method: string, id: string | undefined, body: ApiKeyRequest | undefined): Answer {
    if (method === "GET") return { status: 200, body: { next: null, previous: null, results: this.keys } };
    if (method === "DELETE") {
      this.keys = this.keys.map((key) => (String(key.id) === id ? { ...key, status: "revoked", revoked_at: at(0) } : key));
      return { status: 204, body: null };
    }
    if (body === undefined) return notFound;
    this.#lastId += 1;
    const key: ApiKey = {
      id: this.#lastId, name: body.name, prefix: "desk_5e55a0c0de", scopes: body.scopes, accounts: body.accounts ?? null, status: "active",
      created_at: at(0), expires_at: body.expires_at, last_used_at: null, last_used_from: null, revoked_at: null,
    };
    this.keys = [key, ...this.keys];
    return { status: 201, body: { ...key, key: "desk_5e55a0c0de_Hq3Zr0mE1aVw9cT7yK2bL5nP8sD4fG6j" } };
  }

  #signIns(method: string, id: string | undefined): Answer {
    if (method === "DELETE") this.signIns = this.signIns.filter((row) => row.id !== id);
    return method === "DELETE" ? { status: 204, body: null } : { status: 200, body: { next: null, previous: null, results: this.signIns } };
  }
}

function invalid(field: string, message: string): Answer {
  const body = { error_code: "VALIDATION_ERROR", message: "The request is not valid", details: { [field]: [message] }, timestamp: at(0), request_id: "req-mock" };
  return { status: 400, body };
}
