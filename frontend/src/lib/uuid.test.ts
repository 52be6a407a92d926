import { expect, it, vi } from "vitest";

import { newUuid } from "./uuid";

const VERSION_4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

it("is a fresh version 4 UUID each time", () => {
  const [first, second] = [newUuid(), newUuid()];
  expect(first).toMatch(VERSION_4);
  expect(first).not.toBe(second);
});

it("works on plain-HTTP pages, where browsers hide randomUUID", () => {
  const real = crypto;
  vi.stubGlobal("crypto", { getRandomValues: (bytes: Uint8Array<ArrayBuffer>) => real.getRandomValues(bytes) });
  expect(newUuid()).toMatch(VERSION_4);
  vi.unstubAllGlobals();
});
