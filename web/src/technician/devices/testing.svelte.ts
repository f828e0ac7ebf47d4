import type { TestResult } from "../types";
import type { Workbench } from "../workbench.svelte";

/** The tests of one device: which one runs, and what the last one measured. */
export class Testing {
  running = $state<string | null>(null);
  result = $state.raw<TestResult | null>(null);
  /** How long it has run. */
  seconds = $state(0);

  constructor(
    private readonly bench: Workbench,
    private readonly role: string,
  ) {}

  async run(name: string): Promise<void> {
    if (this.running || !this.bench.mayChange) return;
    this.running = name;
    this.result = null;
    this.seconds = 0;
    const clock = setInterval(() => (this.seconds += 1), 1_000);
    this.result = await this.bench.attempt(() =>
      this.bench.client.post<TestResult>(`devices/${this.role}/test`, { test: name, arguments: {} }),
    );
    clearInterval(clock);
    this.running = null;
  }
}
