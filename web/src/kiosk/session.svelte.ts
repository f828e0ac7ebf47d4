import { tick } from "svelte";
import type { Answer, Frame, PageInfo } from "../contract";
import { Refusal, type Api } from "../shared/api";
import { beat } from "./heartbeat";
import { Following, type ServerEvent } from "../shared/stream";
import { proofOfWipe, wipePage } from "./wipe";

type WithoutScreen<T> = T extends Answer ? Omit<T, "screen"> : never;
/** An answer to the screen that is shown. */
export type Reply = WithoutScreen<Answer>;

const LOCK_AFTER_ACCEPTED = 2_000;
/** So soon after an answer's effect a second tap of the same finger still belongs to it. */
const SECOND_TAP = 400;
const STAY_AT_MOST_EVERY = 5_000;

/** The citizen's session with the service: the frame shown, and the answers to it. */
export class Session {
  info = $state.raw<PageInfo | null>(null);
  frame = $state.raw<Frame | null>(null);
  connected = $state(false);
  /** An answer is on its way, or was taken and the next frame is not here yet. */
  busy = $state(false);
  /** When the present frame came, in the page's own clock. */
  frameSince = $state(0);

  private lastStay = 0;
  private unlock: ReturnType<typeof setTimeout> | undefined;
  private readonly following: Following;

  /** `forget` sets back what the citizen changed in the page itself. */
  constructor(
    readonly api: Api,
    private readonly forget: () => void,
  ) {
    this.following = new Following({
      open: (signal) => this.open(signal),
      received: (event) => void this.receive(event),
      connected: (yes) => (this.connected = yes),
      pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    });
  }

  /** Starts following the service. Returns the end of it. */
  start(): () => void {
    void this.following.run();
    const quiet = beat(
      (signal) => this.api.post("/api/citizen/heartbeat", {}, signal),
      () => this.following.renew(),
    );
    return () => {
      quiet();
      this.following.end();
    };
  }

  /** Sends one answer; while it is on its way, and until its effect shows, no second one. */
  async answer(reply: Reply): Promise<boolean> {
    if (this.busy || !this.frame) return false;
    this.busy = true;
    clearTimeout(this.unlock);
    const accepted = await this.send(reply, this.frame.screen.id);
    this.unlock = setTimeout(() => (this.busy = false), accepted ? LOCK_AFTER_ACCEPTED : 0);
    return accepted;
  }

  /** Says something beside the screen's question; the screen stays and nothing is locked. */
  async mention(reply: Reply): Promise<boolean> {
    return this.frame ? this.send(reply, this.frame.screen.id) : false;
  }

  /** Somebody touches the screen: the idle time starts anew. The warning itself asks by buttons. */
  touched(): void {
    const now = Date.now();
    const awaited = this.frame && !this.frame.idle && this.frame.screen.kind !== "welcome";
    if (!awaited || now - this.lastStay < STAY_AT_MOST_EVERY) return;
    this.lastStay = now;
    void this.mention({ action: "stay" });
  }

  private async open(signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    try {
      this.info ??= await this.api.get<PageInfo>("/api/citizen/page");
      return await this.api.stream("/api/citizen/frames", signal);
    } catch (problem) {
      if (problem instanceof Refusal && problem.status === 403) this.outlived();
      throw problem;
    }
  }

  /** The token is of an earlier launch: this page will see no frame again, and keeps none. */
  private outlived(): void {
    this.frame = null;
    this.forget();
    wipePage();
  }

  private async send(reply: Reply, screen: string): Promise<boolean> {
    try {
      const body = { ...reply, screen };
      const { accepted } = await this.api.post<{ accepted: boolean }>("/api/citizen/answers", body);
      return accepted;
    } catch {
      this.following.renew();
      return false;
    }
  }

  private async receive({ event, data }: ServerEvent): Promise<void> {
    if (event !== "frame") return;
    const frame = JSON.parse(data) as Frame;
    const newJourney = frame.journey !== this.frame?.journey;
    if (newJourney) {
      this.forget();
      wipePage();
    }
    this.frame = frame;
    this.frameSince = performance.now();
    clearTimeout(this.unlock);
    this.unlock = setTimeout(() => (this.busy = false), this.busy ? SECOND_TAP : 0);
    if (newJourney) {
      await tick();
      await this.api.post("/api/citizen/wiped", proofOfWipe(frame.journey)).catch(() => {
        this.following.renew();
      });
    }
  }
}
