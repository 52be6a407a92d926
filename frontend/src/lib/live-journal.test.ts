import { expect, it } from "vitest";

import { LiveJournal } from "./live-journal";
import type { LiveEvent } from "./live-socket";

const event = (channel: string, data: unknown): LiveEvent => ({ type: "event", seq: 1, channel, event: "x", data });
const append = (rows: string[], row: string) => [...rows, row];

it("applies what was pushed while the request was on its way", async () => {
  let now = 0;
  const journal = new LiveJournal(() => now);
  journal.record(event("orders", "before"));
  now = 5;
  const rows = await journal.fetchThenReplay<string, string[]>(
    "orders",
    () => {
      now = 8;
      journal.record(event("orders", "during"));
      journal.record(event("fills", "of another channel"));
      return Promise.resolve(["fetched"]);
    },
    append,
  );
  expect(rows).toEqual(["fetched", "during"]);
});

it("forgets after a minute", async () => {
  let now = 0;
  const journal = new LiveJournal(() => now);
  journal.record(event("orders", "old"));
  now = 61_000;
  journal.record(event("orders", "new"));
  now = 0;
  expect(await journal.fetchThenReplay<string, string[]>("orders", () => Promise.resolve([]), append)).toEqual(["new"]);
});
