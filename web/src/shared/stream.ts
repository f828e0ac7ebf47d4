/** One server-sent event. */
export interface ServerEvent {
  event: string;
  data: string;
}

/** Reads events from a body (HTML Living Standard, section 9.2.6; ids and retry are not used). */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/);
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = parse(block);
        if (event) yield event;
      }
    }
  } finally {
    reader.releaseLock();
  }
}

function parse(block: string): ServerEvent | null {
  let event = "message";
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, field, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (field === "event") event = value ?? "";
    if (field === "data") data.push(value ?? "");
  }
  return data.length ? { event, data: data.join("\n") } : null;
}

export interface Follower {
  open: (signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>;
  received: (event: ServerEvent) => void;
  connected: (yes: boolean) => void;
  pause: (milliseconds: number) => Promise<void>;
}

const FIRST_PAUSE = 300;
const LONGEST_PAUSE = 5_000;

/** Follows a stream for good: when it ends or fails, opens it again, ever a little later. */
export class Following {
  private attempt: AbortController | null = null;
  private ended = false;

  constructor(private readonly follower: Follower) {}

  async run(): Promise<void> {
    let pause = FIRST_PAUSE;
    while (!this.ended) {
      this.attempt = new AbortController();
      try {
        const body = await this.follower.open(this.attempt.signal);
        for await (const event of readEvents(body)) {
          this.follower.connected(true);
          this.follower.received(event);
          pause = FIRST_PAUSE;
        }
      } catch {
        // No answer, or cut off: the same as an end, for a page that only waits for the next.
      }
      if (this.ended) return;
      this.follower.connected(false);
      await this.follower.pause(pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
  }

  /** Gives up the present connection, so that a new one is made. */
  renew(): void {
    this.attempt?.abort();
  }

  end(): void {
    this.ended = true;
    this.renew();
  }
}
