import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Frame } from "../contract";
import type { Api } from "../shared/api";
import { Session } from "./session.svelte";
import { lendObjectUrl } from "./wipe";

const WELCOME = { id: "s1", kind: "welcome", title: { zh: "您好", en: "Hello" }, tiles: [], steps: [] };

function frame(journey: number, screen: object = WELCOME): string {
  return `event: frame\ndata: ${JSON.stringify({ journey, screen, idle: null })}\n\n`;
}

/** The service as the page sees it: a stream to write on, and what was posted. */
class Service {
  posts: { path: string; value: any }[] = [];
  accepted = true;
  broken = false;
  private controller!: ReadableStreamDefaultController<Uint8Array>;
  opened = 0;

  readonly api = {
    get: async () => ({ texts: {} }),
    stream: async () => {
      this.opened += 1;
      return new ReadableStream<Uint8Array>({ start: (controller) => void (this.controller = controller) });
    },
    post: async (path: string, value: unknown) => {
      this.posts.push({ path, value });
      if (this.broken) throw new TypeError("no answer");
      return { accepted: this.accepted };
    },
  } as unknown as Api;

  async send(text: string): Promise<void> {
    this.controller.enqueue(new TextEncoder().encode(text));
    await vi.advanceTimersByTimeAsync(1);
  }

  async cut(): Promise<void> {
    this.controller.close();
    await vi.advanceTimersByTimeAsync(1_000);
  }

  to(path: string): any[] {
    return this.posts.filter((post) => post.path === path).map(({ value }) => value);
  }
}

describe("a session", () => {
  let service: Service;
  let session: Session;
  let end: () => void;
  const forget = vi.fn();

  beforeEach(async () => {
    vi.useFakeTimers();
    forget.mockClear();
    localStorage.clear();
    document.body.replaceChildren();
    service = new Service();
    session = new Session(service.api, forget);
    end = session.start();
    await vi.advanceTimersByTimeAsync(1);
    await service.send(frame(1));
  });

  afterEach(() => {
    end();
    vi.useRealTimers();
  });

  it("names the screen that it answers", async () => {
    await session.answer({ action: "start", service: "no-housing-certificate" });
    expect(service.to("/api/citizen/answers")).toEqual([
      { action: "start", service: "no-housing-certificate", screen: "s1" },
    ]);
  });

  it("sends one answer for a double tap, and is ready again soon after the next frame", async () => {
    void session.answer({ action: "start", service: "a" });
    void session.answer({ action: "start", service: "a" });
    await vi.advanceTimersByTimeAsync(1);
    expect(service.to("/api/citizen/answers")).toHaveLength(1);
    expect(session.busy).toBe(true);
    await service.send(frame(1, { ...WELCOME, id: "s2" }));
    await session.answer({ action: "start", service: "a" });
    expect(service.to("/api/citizen/answers")).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(400);
    expect(session.busy).toBe(false);
  });

  it("is ready again at once after a refused answer, and soon after one without effect", async () => {
    service.accepted = false;
    await session.answer({ action: "back" });
    await vi.advanceTimersByTimeAsync(1);
    expect(session.busy).toBe(false);
    service.accepted = true;
    await session.answer({ action: "back" });
    expect(session.busy).toBe(true);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(session.busy).toBe(false);
  });

  it("connects anew when an answer finds nobody, and keeps the screen", async () => {
    service.broken = true;
    await session.answer({ action: "back" });
    await vi.advanceTimersByTimeAsync(1);
    expect(session.frame?.screen.id).toBe("s1");
    await service.cut();
    expect(service.opened).toBe(2);
  });

  it("shows the same screen again after a reconnect, without a wipe", async () => {
    await service.cut();
    expect(session.connected).toBe(false);
    await service.send(frame(1));
    expect(session.connected).toBe(true);
    expect(session.frame?.screen.id).toBe("s1");
    expect(service.to("/api/citizen/wiped")).toHaveLength(1);
  });

  it("wipes and proves it when the journey changes", async () => {
    localStorage.setItem("left", "behind");
    sessionStorage.setItem("left", "behind");
    lendObjectUrl(new Blob(["paper"]));
    const input = document.createElement("input");
    input.value = "李秀兰";
    document.body.append(input);
    await service.send(frame(2));
    await vi.advanceTimersByTimeAsync(1);
    expect(forget).toHaveBeenCalledTimes(2);
    expect(service.to("/api/citizen/wiped").at(-1)).toEqual({
      journey: 2,
      storage_entries: 0,
      object_urls: 0,
      filled_inputs: 0,
    });
    expect(input.value).toBe("");
  });

  it("counts what a component puts back after the wipe", async () => {
    const input = document.createElement("input");
    document.body.append(input);
    forget.mockImplementationOnce(() => queueMicrotask(() => (input.value = "left")));
    await service.send(frame(3));
    await vi.advanceTimersByTimeAsync(1);
    expect(service.to("/api/citizen/wiped").at(-1)).toMatchObject({ journey: 3, filled_inputs: 1 });
  });

  it("says that somebody is there, but seldom, never on the first screen, never over a warning", async () => {
    const stays = () => service.to("/api/citizen/answers").filter(({ action }) => action === "stay");
    session.touched();
    expect(stays()).toHaveLength(0);
    await service.send(frame(1, { ...WELCOME, kind: "choose", id: "s2" }));
    session.touched();
    session.touched();
    await vi.advanceTimersByTimeAsync(1);
    expect(stays()).toEqual([{ action: "stay", screen: "s2" }]);
    await vi.advanceTimersByTimeAsync(6_000);
    const warned = { journey: 1, screen: { ...WELCOME, kind: "choose", id: "s2" }, idle: { seconds: 9 } };
    await service.send(`event: frame\ndata: ${JSON.stringify(warned)}\n\n`);
    session.touched();
    await vi.advanceTimersByTimeAsync(1);
    expect(stays()).toHaveLength(1);
  });

  it("takes no event but frames", async () => {
    const before: Frame | null = session.frame;
    await service.send("event: other\ndata: {}\n\n");
    expect(session.frame).toBe(before);
  });
});
