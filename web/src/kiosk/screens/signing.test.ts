import { describe, expect, it } from "vitest";
import { dateOf, digitsOf, spaced, withDigit, withSign } from "../keyboard/travelDocument";
import { mayBegin, pointOf, thinned } from "../strokes";

describe("a signature", () => {
  const stroke = (length: number) => Array.from({ length }, (_, at) => pointOf(at / length, 0.5, 0.5, at));
  const count = (strokes: readonly (readonly unknown[])[]) => strokes.reduce((sum, each) => sum + each.length, 0);

  it("keeps each point on the pad, and short", () => {
    expect(pointOf(-0.1, 1.2, 0.123456, -3)).toEqual({ x: 0, y: 1, p: 0.12, t: 0 });
    expect(pointOf(1 / 3, 2 / 3, 1, 12.6)).toEqual({ x: 0.3333, y: 0.6667, p: 1, t: 13 });
  });

  it("is thinned until it fits into an answer, and keeps where each stroke begins and ends", () => {
    const long = [stroke(5000), stroke(3), stroke(2001)];
    const thin = thinned(long);
    expect(count(thin)).toBeLessThanOrEqual(1200);
    expect(JSON.stringify(thin).length).toBeLessThan(60_000);
    expect(thin.map((each) => [each[0], each.at(-1)])).toEqual(long.map((each) => [each[0], each.at(-1)]));
    expect(thinned([stroke(9)])).toEqual([stroke(9)]);
  });

  it("ends where the service takes no more strokes", () => {
    expect(mayBegin(Array.from({ length: 199 }, () => stroke(1)))).toBe(true);
    expect(mayBegin(Array.from({ length: 200 }, () => stroke(1)))).toBe(false);
    expect(count(thinned(Array.from({ length: 200 }, () => stroke(100))))).toBeLessThanOrEqual(1200);
  });
});

describe("a travel document", () => {
  it("has a number of letters and digits", () => {
    expect([..."h-12 3é*"].reduce(withSign, "")).toBe("H123");
    expect([..."1".repeat(40)].reduce(withSign, "")).toHaveLength(22);
  });

  it("has dates of eight digits that are days of the calendar", () => {
    expect([..."1985a0617 99"].reduce(withDigit, "")).toBe("19850617");
    expect(spaced("198506")).toBe("1985 06");
    expect(dateOf("19850617")).toBe("1985-06-17");
    expect(dateOf("20240229")).toBe("2024-02-29");
    for (const wrong of ["20230229", "19851301", "19850600", "1985061", ""]) expect(dateOf(wrong)).toBeNull();
    expect(digitsOf("1985-06-17")).toBe("19850617");
  });
});
