import { describe, expect, it } from "vitest";
import { seen, worded, type Known } from "./seen";
import type { Resident } from "./types";

const text = (zh: string) => ({ zh, en: zh });
const RESIDENT: Resident = {
  number: 3,
  slug: "no-house",
  name: "样一",
  id_number_masked: "445281********0012",
  kind: "resident",
  note: text("名下没有房"),
};
const KNOWN: Known = {
  texts: {
    "seen.card": text("卡"),
    "seen.lights": text("亮着的灯"),
    "seen.document": text("证件"),
    "seen_at.film-laminator.document": text("里面有纸"),
    "word.yes": text("是"),
    "word.passport": text("护照"),
    "word.statusGood": text("正常灯"),
  },
  residents: [RESIDENT],
  say: ({ zh }) => zh,
};

describe("what is seen of a device", () => {
  it("is in words, and no wire is shown", () => {
    const state = { light: "on", port: "/dev/pts/3", documents: [1, 2], card: 3, document: "passport" };
    expect(seen("travel-document-reader", state, KNOWN)).toEqual([
      ["卡", "样一"],
      ["证件", "护照"],
    ]);
    expect(seen("film-laminator", { document: true }, KNOWN)).toEqual([["里面有纸", "是"]]);
  });

  it("names what is on, counts lists, and keeps a word that has no text", () => {
    const lights = { statusGood: true, statusBad: false };
    expect(seen("lights", { lights, stamps: ["a", "b"], none: null }, KNOWN)).toEqual([
      ["亮着的灯", "正常灯"],
      ["stamps", "2"],
    ]);
    expect(seen("lights", { lights: { statusGood: false } }, KNOWN)).toEqual([]);
    expect(worded("new-thing", KNOWN)).toBe("new-thing");
  });
});
