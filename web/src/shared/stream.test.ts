import { describe, expect, it } from "vitest";
import { Following, readEvents, type ServerEvent } from "./stream";

function body(...pieces: string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(encoder.encode(piece));
      controller.close();
    },
  });
}

async function events(...pieces: string[]): Promise<ServerEvent[]> {
  const all: ServerEvent[] = [];
  for await (const event of readEvents(body(...pieces))) all.push(event);
  return all;
}

describe("reading events", () => {
  it("reads an event however the bytes are cut", async () => {
    const text = 'event: frame\ndata: {"title":"请"}\n\n';
    const bytes = new TextEncoder().encode(text);
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(bytes.slice(0, cut));
          controller.enqueue(bytes.slice(cut));
          controller.close();
        },
      });
      const all: ServerEvent[] = [];
      for await (const event of readEvents(stream)) all.push(event);
      expect(all).toEqual([{ event: "frame", data: '{"title":"请"}' }]);
    }
  });

  it("joins data lines, takes CRLF, and leaves comments and unknown fields out", async () => {
    expect(await events(": ping\n\nid: 7\r\nevent: frame\r\ndata: a\r\ndata: b\r\n\r\n")).toEqual([
      { event: "frame", data: "a\nb" },
    ]);
  });

  it("drops an event that is cut off", async () => {
    expect(await events("event: frame\ndata: half")).toEqual([]);
  });
});

describe("following", () => {
  it("opens again after an end and after a failure, ever later, and from the start once it works", async () => {
    const pauses: number[] = [];
    const states: boolean[] = [];
    const received: string[] = [];
    const answers = [
      () => Promise.reject(new TypeError("no answer")),
      () => Promise.reject(new TypeError("no answer")),
      () => Promise.resolve(body("data: one\n\n")),
      () => Promise.resolve(body()),
    ];
    const following: Following = new Following({
      open: () => answers.shift()!(),
      received: ({ data }) => received.push(data),
      connected: (yes) => states.push(yes),
      pause: async (milliseconds) => {
        pauses.push(milliseconds);
        if (!answers.length) following.end();
      },
    });
    await following.run();
    expect(received).toEqual(["one"]);
    expect(states).toEqual([false, false, true, false, false]);
    expect(pauses).toEqual([300, 600, 300, 600]);
  });

  it("never waits longer than five seconds", async () => {
    const pauses: number[] = [];
    const following: Following = new Following({
      open: () => Promise.reject(new TypeError("no answer")),
      received: () => undefined,
      connected: () => undefined,
      pause: async (milliseconds) => {
        pauses.push(milliseconds);
        if (pauses.length === 8) following.end();
      },
    });
    await following.run();
    expect(Math.max(...pauses)).toBe(5_000);
  });

  it("gives a silent connection up when told so", async () => {
    let signal: AbortSignal | undefined;
    const following: Following = new Following({
      open: (given) => {
        signal = given;
        return new Promise((_, reject) => {
          given.addEventListener("abort", () => reject(new DOMException("gone", "AbortError")));
        });
      },
      received: () => undefined,
      connected: () => undefined,
      pause: async () => following.end(),
    });
    const run = following.run();
    following.renew();
    await run;
    expect(signal?.aborted).toBe(true);
  });
});
