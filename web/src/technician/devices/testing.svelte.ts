import type { TestResult } from "../types";
import type { Workbench } from "../workbench.svelte";

/** The tests of one device, and what the last one measured. One test runs at a time. */
export class Testing {
  result = $state.raw<TestResult | null>(null);

  constructor(
    private readonly bench: Workbench,
    private readonly role: string,
  ) {}

  async run(name: string): Promise<void> {
    if (this.bench.test || !this.bench.mayChange) return;
    this.bench.test = { role: this.role, name };
    this.result = null;
    this.result = await this.bench.attempt(() =>
      this.bench.client.post<TestResult>(`devices/${this.role}/test`, { test: name, arguments: {} }),
    );
    this.bench.test = null;
  }

  /** Whether this is the test that runs. */
  runs(name: string): boolean {
    return this.bench.test?.role === this.role && this.bench.test.name === name;
  }
}
