import { describe, expect, it } from "vitest";
import { scores } from "./measure";

/** A picture of one grey a place. */
function picture(width: number, height: number, grey: (x: number, y: number) => number): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let at = 0; at < width * height; at += 1) pixels.fill(grey(at % width, Math.floor(at / width)), at * 4, at * 4 + 3);
  return pixels;
}

describe("what is measured of a picture", () => {
  it("is its light, and nothing to be sharp about where all is one grey", () => {
    const { brightness, sharpness } = scores(picture(8, 6, () => 100), 8, 6);
    expect(brightness).toBeCloseTo(100, 3);
    expect(sharpness).toBeCloseTo(0, 3);
  });

  it("is sharper the harder its edges are", () => {
    const hard = scores(picture(32, 32, (x) => (x < 16 ? 0 : 200)), 32, 32);
    const soft = scores(picture(32, 32, (x) => Math.min(200, Math.max(0, (x - 8) * 12.5))), 32, 32);
    expect(hard.brightness).toBeCloseTo(soft.brightness, -1);
    expect(hard.sharpness).toBeGreaterThan(50 * soft.sharpness);
  });

  it("weighs colours as an eye does", () => {
    const green = new Uint8ClampedArray([0, 255, 0, 255]);
    const blue = new Uint8ClampedArray([0, 0, 255, 255]);
    expect(scores(green, 1, 1).brightness).toBeCloseTo(149.685, 2);
    expect(scores(blue, 1, 1)).toEqual({ brightness: expect.closeTo(29.07, 2) as number, sharpness: 0 });
  });
});
