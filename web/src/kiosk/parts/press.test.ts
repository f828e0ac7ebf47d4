import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { HELD, longPress } from "./press";

let mark: HTMLElement;
let held: boolean[];
const done = vi.fn();
let end: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  done.mockReset();
  held = [];
  mark = document.body.appendChild(document.createElement("span"));
  end = longPress(mark, { held: (yes) => held.push(yes), done });
});

afterEach(() => {
  end();
  mark.remove();
  vi.useRealTimers();
});

const point = (name: string, more: PointerEventInit = {}) =>
  mark.dispatchEvent(new PointerEvent(name, { pointerId: 1, isPrimary: true, button: 0, ...more }));

it("is done once when held to the end", () => {
  point("pointerdown");
  vi.advanceTimersByTime(HELD - 1);
  expect(done).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(done).toHaveBeenCalledTimes(1);
  expect(held).toEqual([true, false]);
  vi.advanceTimersByTime(2 * HELD);
  expect(done).toHaveBeenCalledTimes(1);
});

it.each(["pointerup", "pointercancel", "pointerleave"])("is nothing after %s", (name) => {
  point("pointerdown");
  vi.advanceTimersByTime(HELD - 1);
  point(name);
  vi.advanceTimersByTime(2 * HELD);
  expect(done).not.toHaveBeenCalled();
  expect(held).toEqual([true, false]);
});

it("does not add up taps", () => {
  for (let tap = 0; tap < 4; tap += 1) {
    point("pointerdown");
    vi.advanceTimersByTime(HELD / 2);
    point("pointerup");
  }
  expect(done).not.toHaveBeenCalled();
});

it("knows one finger and the first button alone", () => {
  point("pointerdown", { button: 2 });
  point("pointerdown", { isPrimary: false });
  vi.advanceTimersByTime(2 * HELD);
  expect(done).not.toHaveBeenCalled();
  expect(held).toEqual([]);
});

it("is over with its end", () => {
  point("pointerdown");
  end();
  vi.advanceTimersByTime(2 * HELD);
  point("pointerdown");
  vi.advanceTimersByTime(2 * HELD);
  expect(done).not.toHaveBeenCalled();
});
