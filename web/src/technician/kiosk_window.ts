import { beat } from "../kiosk/heartbeat";
import type { Api } from "../shared/api";
import { leaveFor } from "../shared/lockdown";

/** So long nobody touched anything: whoever was here has gone. */
export const LEFT_ALONE = 5 * 60_000;
/** A service that says nothing does not keep the citizens out. */
const PATIENCE = 2_000;

/** What is added where this page stands in the terminal's own window, in the citizens' place. */
export class KioskWindow {
  private alone: ReturnType<typeof setTimeout> | undefined;

  /** `api` bears the launch token. */
  constructor(private readonly api: Api) {}

  /** Keeps the window alive, and gives it back when it is left alone. Returns the end of it. */
  start(logout: () => Promise<void>): () => void {
    const send = (signal: AbortSignal | null) => this.api.post("/api/citizen/heartbeat", {}, signal);
    // The window is missed after a few seconds, and the change of pages took some already.
    send(null).catch(() => undefined);
    const quiet = beat(send, () => undefined);
    const ends = new AbortController();
    const options = { capture: true, signal: ends.signal } as const;
    const touched = () => {
      clearTimeout(this.alone);
      this.alone = setTimeout(() => void this.leave(logout), LEFT_ALONE);
    };
    for (const name of ["pointerdown", "keydown", "wheel"]) addEventListener(name, touched, options);
    touched();
    return () => {
      quiet();
      ends.abort();
      clearTimeout(this.alone);
    };
  }

  /** Logs out, and goes back to the citizens' page. */
  async leave(logout: () => Promise<void>): Promise<void> {
    await Promise.race([logout(), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
    leaveFor(this.api.page("/"));
  }
}
