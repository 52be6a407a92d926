import { describe, expect, it } from "vitest";

import { formatAge, formatAverage, formatCompact, formatGain, formatMoney, formatPrice, formatQuantity, formatTime } from "./format";

describe("numbers", () => {
  it.each([
    [formatPrice("228.5"), "228.50"],
    [formatPrice("0.12345"), "0.12345"],
    [formatPrice("1234.5", "0.0001"), "1,234.5000"],
    [formatPrice(null), "–"],
    [formatAverage("141.206666666"), "141.2067"],
    [formatAverage("141.2"), "141.20"],
    [formatAverage(null), "–"],
    [formatMoney("1234567.891"), "1,234,567.89"],
    [formatMoney("-0.004"), "0.00"],
    [formatMoney("-1234.5"), "−1,234.50"],
    [formatGain("12.3"), "+12.30"],
    [formatGain("-12.3"), "−12.30"],
    [formatGain("0"), "0.00"],
    [formatGain(undefined), "–"],
    [formatQuantity("100.00000000"), "100"],
    [formatQuantity("1500"), "1,500"],
    [formatQuantity("-0.25"), "−0.25"],
    [formatQuantity(""), "–"],
    [formatCompact("31582104"), "31.58M"],
    [formatCompact("-56700"), "−56.70K"],
    [formatCompact("2500000000"), "2.50B"],
    [formatCompact("812"), "812"],
    [formatCompact("8.125"), "8.13"],
    [formatCompact(null), "–"],
  ])("%s reads %s", (shown, expected) => {
    expect(shown).toBe(expected);
  });

  it("shows every digit of an amount that a float could not hold", () => {
    expect(formatMoney("90071992547409931.27")).toBe("90,071,992,547,409,931.27");
  });
});

describe("times", () => {
  const now = new Date(2026, 10, 24, 15, 0, 0);

  it("shows the clock today and the day otherwise", () => {
    expect(formatTime(new Date(2026, 10, 24, 9, 5, 7).toISOString(), now)).toBe("09:05:07");
    expect(formatTime(new Date(2026, 10, 20, 9, 5, 7).toISOString(), now)).toMatch(/20.*09:05:07/);
    expect(formatTime("rubbish", now)).toBe("–");
  });

  it.each([
    [-5, "0 s"],
    [59_999, "59 s"],
    [60_000, "1 min"],
    [7_200_000, "2 h"],
    [172_800_000, "2 d"],
  ])("an age of %d ms is %s", (age, expected) => {
    expect(formatAge(age)).toBe(expected);
  });
});
