import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { beat, EVERY } from "./heartbeat";

let draw: (() => void)[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  draw = [];
  vi.stubGlobal("requestAnimationFrame", (callback: () => void) => draw.push(callback));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("beats only when the page draws, and waits for the last one", async () => {
  const send = vi.fn(() => Promise.resolve());
  const end = beat(send, vi.fn());
  await vi.advanceTimersByTimeAsync(5 * EVERY);
  expect(send).not.toHaveBeenCalled();
  expect(draw).toHaveLength(1);
  draw[0]?.();
  await vi.advanceTimersByTimeAsync(EVERY);
  expect(send).toHaveBeenCalledTimes(1);
  expect(draw).toHaveLength(2);
  end();
  await vi.advanceTimersByTimeAsync(5 * EVERY);
  expect(draw).toHaveLength(2);
});

it("says when nobody takes it", async () => {
  const lost = vi.fn();
  const end = beat(() => Promise.reject(new TypeError("no answer")), lost);
  await vi.advanceTimersByTimeAsync(EVERY);
  draw[0]?.();
  await vi.advanceTimersByTimeAsync(1);
  expect(lost).toHaveBeenCalledTimes(1);
  end();
});
