import { describe, expect, it } from "vitest";
import { boundaryOf, readParts } from "./multipart";
import { draftOf, fieldsOf, valuesOf } from "./schema";
import { clock, moment } from "./times";
import type { Schema } from "./types";
import { bytes, plain } from "./values";

const SCHEMA: Schema = {
  $defs: {
    Mode: { enum: ["fast", "careful"], type: "string" },
    Light: { type: "object", properties: { channel: { type: "integer", minimum: 1, maximum: 8 } }, required: ["channel"] },
  },
  properties: {
    port: { type: "string", title: "Port" },
    mode: { $ref: "#/$defs/Mode", default: "fast" },
    library: { anyOf: [{ type: "string", format: "path" }, { type: "null" }], default: null },
    wait: { type: "number", exclusiveMinimum: 0, maximum: 60, default: 45, unit: "s" },
    on: { type: "boolean", default: true },
    light: { allOf: [{ $ref: "#/$defs/Light" }] },
    slots: { type: "array", default: [1] },
    either: { anyOf: [{ type: "string" }, { type: "integer" }] },
  },
  required: ["port", "light"],
};

describe("a form from a schema", () => {
  const fields = fieldsOf(SCHEMA);

  it("has a field of its own kind for each setting", () => {
    expect(fields.map(({ name, kind }) => [name, kind])).toEqual([
      ["port", "text"],
      ["mode", "choice"],
      ["library", "path"],
      ["wait", "number"],
      ["on", "boolean"],
      ["light", "group"],
      ["slots", "json"],
      ["either", "json"],
    ]);
    expect(fields[5]?.fields[0]).toMatchObject({ place: "light.channel", low: 1, high: 8, required: true });
    expect(fields[3]).toMatchObject({ unit: "s", low: 0, high: 60, required: false });
  });

  it("gives back the values that it was made of", () => {
    const values = {
      port: "/dev/ttyS0",
      mode: "careful",
      library: null,
      wait: 1.5,
      on: false,
      light: { channel: 3 },
      slots: [1, 2],
      either: "7",
    };
    expect(valuesOf(fields, draftOf(fields, values))).toEqual({ values, complaints: {} });
  });

  it("says at each place what is wrong", () => {
    const draft = { ...draftOf(fields, null), wait: "61", "light.channel": "1.5" };
    expect(valuesOf(fields, draft).complaints).toEqual({
      port: { key: "settings.required" },
      wait: { key: "settings.too_large", limit: 60 },
      "light.channel": { key: "settings.not_a_number" },
    });
    expect(valuesOf(fields, { ...draft, wait: "1e999" }).complaints.wait?.key).toBe("settings.not_a_number");
  });
});

describe("a stream of pictures", () => {
  const text = new TextEncoder();
  const part = (body: string, length = true) =>
    `--b\r\nContent-Type: image/jpeg\r\n${length ? `Content-Length: ${body.length}\r\n` : ""}\r\n${body}\r\n`;

  async function read(whole: string, every: number): Promise<string[]> {
    const bytesOf = text.encode(whole);
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytesOf.length; at += every) controller.enqueue(bytesOf.slice(at, at + every));
        controller.close();
      },
    });
    const found: string[] = [];
    for await (const jpeg of readParts(body, "b")) found.push(new TextDecoder().decode(jpeg));
    return found;
  }

  it("is the same however it is cut", async () => {
    const whole = part("one--b") + part("two", false) + "--b\r\nContent-Type: text/plain\r\n\r\nno\r\n" + part("three");
    for (let every = 1; every <= whole.length; every += 1) expect(await read(whole, every)).toEqual(["one--b", "two", "three"]);
  });

  it("drops a part that never ends, and noise", async () => {
    expect(await read(part("one").replace("3", "9999"), 7)).toEqual([]);
    expect(await read("noise without any mark", 3)).toEqual([]);
  });

  it("has a boundary that the type names", () => {
    expect(boundaryOf('multipart/x-mixed-replace; boundary="--pic"')).toBe("pic");
    expect(boundaryOf("image/jpeg")).toBeNull();
    expect(boundaryOf(null)).toBeNull();
  });
});

describe("what is shown", () => {
  it("is the terminal's own time of day", () => {
    const now = "2026-11-24T02:00:00Z";
    expect(moment("2026-11-24T01:43:12.5Z", now)).toBe("09:43");
    expect(moment("2026-11-23T15:59:00Z", now)).toBe("2026-11-23 23:59");
    expect(clock("2026-11-24T01:43:12.500Z")).toBe("09:43:12.500");
  });

  it("is short and never empty", () => {
    expect([null, "", 0.12345, true, ["a"]].map(plain)).toEqual(["—", "—", "0.123", "true", '["a"]']);
    expect([12, 2048, 3 * 1024 * 1024].map(bytes)).toEqual(["12 B", "2.0 KiB", "3.0 MiB"]);
  });
});
