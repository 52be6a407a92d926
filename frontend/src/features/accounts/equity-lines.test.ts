import { expect, it } from "vitest";

import { mockEquity } from "@/testing/mock-accounts";
import { anAccount } from "@/testing/samples";

import { drawEquity } from "./equity-lines";

it("breaks the line where nothing is known, and draws nothing in between", () => {
  const drawing = drawEquity(mockEquity(anAccount(), Date.parse("2026-11-24T12:00:00Z")));
  expect(drawing?.lines.map((line) => line.length)).toEqual([70, 90]);
  const [gap] = drawing?.gaps ?? [];
  expect(drawing?.lines[0]?.at(-1)?.x).toBeCloseTo(gap?.from ?? -1);
  expect(drawing?.lines[1]?.[0]?.x).toBeCloseTo(gap?.to ?? -1);
});

it("draws nothing of an account without history", () => {
  expect(drawEquity({ ...mockEquity(anAccount()), points: [], gaps: [] })).toBeNull();
});
