import Big from "big.js";
import { describe, expect, it } from "vitest";

import { compareDecimals, isOnTick, parseDecimal, signOf, stepByTick, tickDecimals, toNumber, toPlain } from "./decimal";

describe("parseDecimal", () => {
  it.each([
    ["100", "100"],
    [" 12.50 ", "12.5"],
    ["1,234,567.89", "1234567.89"],
    [".5", "0.5"],
    ["7.", "7"],
    ["+3", "3"],
    ["-0.0001", "-0.0001"],
    ["0E-8", "0"],
    ["1E+3", "1000"],
  ])("reads %j as %s", (text, plain) => {
    expect(toPlain(parseDecimal(text) ?? new Big(NaN))).toBe(plain);
  });

  it.each(["", "  ", "abc", "1e5000", "1,23", "12,34,567", "0x10", "NaN", "Infinity", "1.2.3", "<script>", "--1", "."])(
    "refuses %j",
    (text) => {
      expect(parseDecimal(text)).toBeNull();
    },
  );

  it("treats a missing value as none", () => {
    expect(parseDecimal(null)).toBeNull();
    expect(parseDecimal(undefined)).toBeNull();
  });

  it("keeps digits that a float would lose", () => {
    expect(toPlain(parseDecimal("9007199254740993.000000001")!)).toBe("9007199254740993.000000001");
  });
});

describe("ticks", () => {
  it("knows that 0.3 is on a tick of 0.1, which floats deny", () => {
    expect(isOnTick(new Big("0.3"), "0.1")).toBe(true);
  });

  it.each([
    ["228.50", "0.01", true],
    ["228.505", "0.01", false],
    ["1.0001", "0.0001", true],
    ["10.03", "0.05", false],
    ["10.03", null, true],
    ["10.03", "0", true],
  ])("%s on tick %s: %s", (price, tick, expected) => {
    expect(isOnTick(new Big(price), tick)).toBe(expected);
  });

  it.each([
    ["10.00", "0.05", 1, "10.05"],
    ["10.02", "0.05", 1, "10.05"],
    ["10.02", "0.05", -1, "10"],
    ["10.00", "0.05", -1, "9.95"],
    ["0.01", "0.01", -1, "0.01"],
    ["10.00", "0.05", 10, "10.5"],
  ])("steps %s by tick %s × %d to %s", (price, tick, steps, expected) => {
    expect(toPlain(stepByTick(new Big(price), tick, steps))).toBe(expected);
  });

  it("leaves a price alone when there is no tick", () => {
    expect(toPlain(stepByTick(new Big("10.02"), "0", 1))).toBe("10.02");
  });

  it("shows at least cents and as many decimals as the tick", () => {
    expect([tickDecimals("1"), tickDecimals("0.01"), tickDecimals("0.0001"), tickDecimals(null)]).toEqual([2, 2, 4, 2]);
  });
});

describe("signs and order", () => {
  it("tells gain from loss and from nothing", () => {
    expect([signOf("0.01"), signOf("-3"), signOf("0.00"), signOf(null)]).toEqual([1, -1, 0, null]);
  });

  it("sorts by value with missing values last", () => {
    expect(["10", null, "9.5", "-1"].sort(compareDecimals)).toEqual(["-1", "9.5", "10", null]);
  });

  it("gives the chart a float and nothing for nothing", () => {
    expect([toNumber("1.25"), toNumber(null)]).toEqual([1.25, null]);
  });
});
