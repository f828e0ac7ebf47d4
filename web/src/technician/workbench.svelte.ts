import type { TechnicianText, Text } from "../contract";
import { Following, type ServerEvent } from "../shared/stream";
import type { DeskLanguage } from "../shared/language.svelte";
import { Words } from "../shared/texts";
import { Client, Refused } from "./client";
import type { Entry } from "./devices/entry.svelte";
import type { KioskWindow } from "./kiosk_window";
import type { Device, Login, PageInfo, Role, TerminalState } from "./types";

export type Tab = "health" | "devices" | "services" | "rehearsal" | "log" | "versions";
export type LoginAnswer = "in" | "refused" | "failed" | { readonly locked: number };

const KEPT = "yimen-technician";
const NOTICE_LASTS = 8_000;
const RETRY = 1_500;

interface Kept {
  session: string;
  name: string;
  role: Role;
}

/** Everything that the technician's page knows, and what can be done with it. */
export class Workbench {
  info = $state.raw<PageInfo | null>(null);
  state = $state.raw<TerminalState | null>(null);
  /** Who is logged in. */
  who = $state.raw<{ name: string; role: Role } | null>(null);
  connected = $state(true);
  /** A session ended by itself: the login says so. */
  expired = $state(false);
  tab = $state<Tab>("devices");
  /** The role whose device is looked at. */
  chosen = $state<string | null>(null);
  /** What is being filled in, by role; it outlasts a session that ended by itself. */
  readonly entries = new Map<string, Entry>();
  /** The version whose differences are looked at. */
  version = $state<number | null>(null);
  /** The test that runs: of which device, and which. */
  test = $state.raw<{ readonly role: string; readonly name: string } | null>(null);
  /** The version whose taking back was read. */
  readBack = $state<number | null>(null);
  notice = $state.raw<{ text: string; tone: "good" | "stop" } | null>(null);
  /** Milliseconds of the page's clock since the state came: ages grow by it. */
  since = $state(0);
  readonly words: Words<TechnicianText>;

  private following: Following | null = null;
  private noticeEnds: ReturnType<typeof setTimeout> | undefined;
  private cameAt = 0;
  /** Who was logged in last, and did not log out. */
  private last: string | null = null;

  constructor(
    readonly client: Client,
    readonly language: DeskLanguage,
    /** The terminal's own window, where the page stands in it. */
    readonly kiosk: KioskWindow | null,
  ) {
    this.words = new Words<TechnicianText>(
      () => this.info?.texts ?? {},
      () => language.now,
    );
  }

  /** Starts the page. Returns the end of it. */
  start(): () => void {
    let ended = false;
    void this.readPage(() => ended);
    const clock = setInterval(() => (this.since = performance.now() - this.cameAt), 1_000);
    const free = this.kiosk?.start(() => this.logout());
    return () => {
      ended = true;
      free?.();
      clearInterval(clock);
      this.following?.end();
    };
  }

  get mayChange(): boolean {
    return this.state?.rights.includes("work") ?? false;
  }

  get mayGovern(): boolean {
    return this.state?.rights.includes("govern") ?? false;
  }

  device(role: string | null): Device | undefined {
    return this.state?.devices.find((device) => device.role === role);
  }

  titleOf(role: string): string {
    const device = this.device(role);
    return device ? this.words.say(device.title) : this.named("role", role);
  }

  /** The text of a name that the service coined; the name itself where there is no text. */
  named(section: "role" | "test" | "outcome" | "step", name: string): string {
    return this.known(section, name) ?? name;
  }

  known(section: string, name: string): string | null {
    const text = this.info?.texts[`${section}.${name}`];
    return text ? this.words.say(text) : null;
  }

  either(said: Text | string): string {
    return typeof said === "string" ? said : this.words.say(said);
  }

  show(tab: Tab, role?: string): void {
    this.tab = tab;
    if (role !== undefined) this.chosen = role;
  }

  async login(name: string, password: string, code: string): Promise<LoginAnswer> {
    try {
      const login = await this.client.post<Login>("login", { name, password, code });
      this.enter({ session: login.session, name: login.name, role: login.role });
      return "in";
    } catch (problem) {
      if (!(problem instanceof Refused)) return "failed";
      if (problem.status === 429) return { locked: Number(problem.body.seconds) || 60 };
      return problem.status === 401 ? "refused" : "failed";
    }
  }

  /** The page asks for nothing more in a session that is about to end. */
  async logout(): Promise<void> {
    const farewell = this.who && this.client.post("logout");
    this.leave(false);
    await farewell?.catch(() => undefined);
  }

  /** Logs out and gives the terminal's own window back to the citizens. */
  async toCitizens(): Promise<void> {
    await this.kiosk?.leave(() => this.logout());
  }

  /**
   * Does something at the service. What goes wrong is told in a notice and gives `null`; `refused`
   * may look at a refusal first and take it over by returning true.
   */
  async attempt<T>(work: () => Promise<T>, refused?: (problem: Refused) => boolean): Promise<T | null> {
    try {
      return await work();
    } catch (problem) {
      if (problem instanceof Refused && problem.status === 401) this.leave(true);
      else if (!(problem instanceof Refused && refused?.(problem))) this.complain(problem);
      return null;
    }
  }

  tell(text: string, tone: "good" | "stop" = "good"): void {
    clearTimeout(this.noticeEnds);
    this.notice = { text, tone };
    this.noticeEnds = setTimeout(() => (this.notice = null), NOTICE_LASTS);
  }

  private complain(problem: unknown): void {
    this.tell(this.words.t("failed", { reason: this.reasonOf(problem) }), "stop");
  }

  /** Why something did not come about, in words. */
  reasonOf(problem: unknown): string {
    const { t } = this.words;
    if (!(problem instanceof Refused)) return t("problem.silent");
    const told = this.known("problem", String(problem.body.error));
    if (told) return told;
    if (problem.status === 403) return t("problem.forbidden");
    if (problem.status === 404) return t("problem.gone");
    if (problem.status === 409 || problem.status === 423) return t("problem.busy");
    if (problem.status === 422) return t("problem.invalid");
    return t(problem.status >= 500 ? "problem.broken" : "problem.refused");
  }

  private async readPage(ended: () => boolean): Promise<void> {
    while (!ended()) {
      try {
        this.info = await this.client.get<PageInfo>("page");
        this.connected = true;
        this.resume();
        return;
      } catch {
        this.connected = false;
        await new Promise((resolve) => setTimeout(resolve, RETRY));
      }
    }
  }

  /** In the terminal's own window a login lasts as long as the page, and leaves nothing there. */
  private get store(): Storage | null {
    return this.kiosk ? null : sessionStorage;
  }

  private resume(): void {
    const kept = this.store?.getItem(KEPT);
    if (kept) this.enter(JSON.parse(kept) as Kept);
  }

  private enter(login: Kept): void {
    this.store?.setItem(KEPT, JSON.stringify(login));
    this.client.session = login.session;
    this.who = { name: login.name, role: login.role };
    // Whoever comes back after a session that ended by itself goes on where it was.
    if (this.last !== login.name) this.beginAnew(login);
    this.expired = false;
    this.following = new Following({
      open: (signal) => this.open(signal),
      received: (event) => this.receive(event),
      connected: (yes) => (this.connected = yes),
      pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    });
    void this.following.run();
  }

  private beginAnew({ name, role }: Kept): void {
    this.last = name;
    this.entries.clear();
    this.tab = role === "staff" ? "health" : "devices";
    this.chosen = null;
    this.version = null;
    this.readBack = null;
  }

  private leave(expired: boolean): void {
    if (!expired) this.last = null;
    this.following?.end();
    this.following = null;
    this.store?.removeItem(KEPT);
    this.client.session = "";
    this.who = null;
    this.state = null;
    this.notice = null;
    this.expired = expired;
    this.connected = true;
  }

  private async open(signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    try {
      this.take(await this.client.get<TerminalState>("state"));
      const stream = await this.client.stream("events", signal);
      this.connected = true;
      return stream;
    } catch (problem) {
      if (problem instanceof Refused && problem.status === 401) this.leave(true);
      throw problem;
    }
  }

  private receive({ event, data }: ServerEvent): void {
    if (event === "state") this.take(JSON.parse(data) as TerminalState);
  }

  private take(state: TerminalState): void {
    this.state = state;
    this.cameAt = performance.now();
    this.since = 0;
  }
}
