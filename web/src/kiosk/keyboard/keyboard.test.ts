import { describe, expect, it } from "vitest";
import { chosen, EMPTY, erased, marked, typed, whole, type Composition } from "./composition";
import { cleaned, grouped, withCharacter } from "./idNumber";

const type = (letters: string, start: Composition = EMPTY) => [...letters].reduce(typed, start);

describe("writing by pinyin", () => {
  it("replaces the letters by the characters chosen, and goes on", () => {
    const name = chosen(type("wei", chosen(type("zhang"), "张")), "伟");
    expect(whole(name)).toBe("张伟");
  });

  it("sets a dot within a name", () => {
    expect(whole(chosen(type("jiang", marked(chosen(type("mai"), "买"), "·")), "江"))).toBe("买·江");
  });

  it("erases letters first, then whole characters, also rare ones", () => {
    let composition: Composition = { text: "欧𬱖", letters: "y" };
    composition = erased(composition);
    expect(whole(composition)).toBe("欧𬱖");
    composition = erased(composition);
    expect(whole(composition)).toBe("欧");
    expect(whole(erased(erased(composition)))).toBe("");
  });

  it("holds no more than the service takes", () => {
    expect(whole(type("a".repeat(99)))).toHaveLength(64);
  });
});

describe("an id number", () => {
  it("takes 18 places, X only as the last", () => {
    const digits = "44528119850617002";
    expect(withCharacter("44", "X")).toBe("44");
    expect(withCharacter(digits, "X")).toBe(`${digits}X`);
    expect(withCharacter(`${digits}X`, "1")).toBe(`${digits}X`);
    expect(withCharacter("44", "a")).toBe("44");
  });

  it("is read in groups, and cleaned of what a keyboard of keys adds", () => {
    expect(grouped("445281198506170202")).toBe("445281 19850617 0202");
    expect(cleaned("445281 19850617 002x")).toBe("44528119850617002X");
    expect(cleaned("x44-52")).toBe("4452");
    expect(grouped("")).toBe("");
  });
});
