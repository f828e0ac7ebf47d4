import { describe, expect, it } from "vitest";
import type { Option } from "../contract";
import { keyMayPass } from "../shared/lockdown";
import { fill, Words } from "../shared/texts";
import { scaleOf } from "./scale";
import { toggled } from "./screens/choice";
import { around } from "./screens/emphasis";

const option = (value: string, exclusive = false): Option => ({
  value,
  label: { zh: value, en: value },
  detail: null,
  icon: null,
  selected: false,
  exclusive,
});

describe("the scale", () => {
  const panel = { width: 1080, height: 1920, fullScreen: true, pixelRatio: 1, mmPerPx: 0.248 };

  it("is one on the panel that was drawn for, upright or lying", () => {
    expect(scaleOf(panel)).toBe(1);
    expect(scaleOf({ ...panel, width: 1920, height: 1080 })).toBe(1);
  });

  it("fills a panel of more pixels, and of larger ones", () => {
    expect(scaleOf({ ...panel, width: 2160, height: 3840, mmPerPx: 0.124 })).toBe(2);
    expect(scaleOf({ ...panel, mmPerPx: 0.363 })).toBe(1);
  });

  it("keeps keys large on a small panel, up to a fifth", () => {
    expect(scaleOf({ ...panel, mmPerPx: 0.22 })).toBeCloseTo(1.127, 3);
    expect(scaleOf({ ...panel, mmPerPx: 0.1 })).toBe(1.2);
  });

  it("just fits a window on a desk", () => {
    const window = { ...panel, width: 1280, height: 720, fullScreen: false, mmPerPx: 0.1 };
    expect(scaleOf(window)).toBeCloseTo(2 / 3, 3);
  });
});

describe("a choice of several", () => {
  const options = [option("all", true), option("north"), option("south")];

  it("adds and takes away", () => {
    expect(toggled(options, ["north"], option("south"))).toEqual(["north", "south"]);
    expect(toggled(options, ["north", "south"], option("north"))).toEqual(["south"]);
  });

  it("lets an exclusive one stand alone", () => {
    expect(toggled(options, ["north", "south"], option("all", true))).toEqual(["all"]);
    expect(toggled(options, ["all"], option("north"))).toEqual(["north"]);
  });
});

describe("words", () => {
  it("fills placeholders, and leaves unknown ones to be seen", () => {
    expect(fill("{seconds} 秒后 {what}", { seconds: 12 })).toBe("12 秒后 {what}");
  });

  it("follows the language, and never shows a key", () => {
    let language: "zh" | "en" = "zh";
    const words = new Words<"a" | "b">(
      () => ({ a: { zh: "好", en: "fine" } }),
      () => language,
    );
    expect(words.t("a")).toBe("好");
    language = "en";
    expect(words.t("a")).toBe("fine");
    expect(() => words.t("b")).toThrow("b");
  });

  it("finds the part of a sentence that decides", () => {
    expect(around("这张纸没有打好，作废。", "没有打好")).toEqual(["这张纸", "没有打好", "，作废。"]);
    expect(around("这张纸作废。", "没有打好")).toEqual(["这张纸作废。", "", ""]);
  });
});

describe("the lockdown", () => {
  const press = (key: string, more: KeyboardEventInit = {}, target: EventTarget = document.body) => {
    const event = new KeyboardEvent("keydown", { key, ...more });
    Object.defineProperty(event, "target", { value: target });
    return keyMayPass(event);
  };

  it("lets nothing of the browser through", () => {
    for (const key of ["F1", "F5", "F11", "F12", "Escape", "BrowserBack", "ContextMenu", "a"]) {
      expect(press(key)).toBe(false);
    }
    for (const key of ["r", "w", "n", "t", "l", "p", "s", "+", "-", "0", "Tab"]) {
      expect(press(key, { ctrlKey: true })).toBe(false);
    }
    expect(press("ArrowLeft", { altKey: true })).toBe(false);
    expect(press("Backspace")).toBe(false);
  });

  it("lets a person move about and write into a field", () => {
    expect(press("Tab")).toBe(true);
    expect(press("Enter")).toBe(true);
    const field = document.createElement("input");
    expect(press("a", {}, field)).toBe(true);
    expect(press("Backspace", {}, field)).toBe(true);
    expect(press("v", { ctrlKey: true }, field)).toBe(false);
  });
});
