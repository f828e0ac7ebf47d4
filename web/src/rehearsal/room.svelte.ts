import type { Api } from "../shared/api";
import type { RehearsalInfo, RoomState } from "./types";

const EVERY = 600;

/** The virtual room: its state, asked again and again, and what can be done in it. */
export class Room {
  info = $state.raw<RehearsalInfo | null>(null);
  state = $state.raw<RoomState | null>(null);
  connected = $state(true);
  failed = $state(false);
  private ended = false;

  constructor(readonly api: Api) {}

  /** Starts asking. Returns the end of it. */
  start(): () => void {
    void this.run();
    return () => (this.ended = true);
  }

  /** The switches that are on. */
  get on(): ReadonlySet<string> {
    const { devices, register, database } = this.state ?? {};
    const parts = [...Object.values(devices ?? {}), register, database];
    return new Set(parts.flatMap((part) => part?.faults ?? []));
  }

  act(role: string, action: string, values: Record<string, unknown> = {}): Promise<void> {
    return this.change("/api/virtual/act", { role, action, arguments: values });
  }

  fault(name: string, on: boolean): Promise<void> {
    return this.change("/api/virtual/fault", { name, on });
  }

  private async change(path: string, value: unknown): Promise<void> {
    try {
      await this.api.post(path, value);
      this.failed = false;
    } catch {
      this.failed = true;
    }
    await this.look();
  }

  private async run(): Promise<void> {
    while (!this.ended) {
      await this.look();
      await new Promise((resolve) => setTimeout(resolve, EVERY));
    }
  }

  private async look(): Promise<void> {
    try {
      this.info ??= await this.api.get<RehearsalInfo>("/api/virtual/page");
      this.state = await this.api.get<RoomState>("/api/virtual/state");
      this.connected = true;
    } catch {
      this.connected = false;
    }
  }
}
