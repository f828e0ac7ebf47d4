import { draftOf, fieldsOf, type Draft, type Field } from "../schema";
import type { Binding, Change, Drivers, Version } from "../types";

const AUTOMATIC = "automatic";

/** What was typed into a form. */
interface Typed {
  readonly driver: string;
  readonly address: string;
  readonly note: string;
  readonly draft: Draft;
}

/**
 * What somebody fills in for one role. The workbench keeps it until it is saved or dropped: neither
 * another tab, nor another version, nor a login in between takes it away.
 */
export class Entry {
  driver = $state("");
  address = $state("");
  note = $state("");
  draft = $state<Draft>({});
  /** What was bound when it was begun. */
  private begun = $state.raw<Binding | null>(null);
  private ended = $state(false);
  private asBegun: Draft = {};
  /** The version that it stands on: a change names it. */
  since = 0;
  /** What had been typed on top of a change that was taken back. */
  lost = $state.raw<Typed | null>(null);

  constructor(drivers: Drivers) {
    this.follow(drivers);
  }

  /** Begins anew with what is bound now. */
  follow(drivers: Drivers): void {
    const { bound } = drivers;
    this.ended = false;
    this.begun = bound;
    this.since = drivers.version;
    this.driver = bound?.driver ?? drivers.drivers[0]?.driver ?? "";
    this.address = bound?.uri ?? "";
    this.note = "";
    this.asBegun = draftFor(drivers, this.driver);
    this.draft = { ...this.asBegun };
  }

  /** It was saved: what is bound is followed as soon as that is read. */
  end(): void {
    this.ended = true;
    this.lost = null;
  }

  /**
   * What is bound was read again: where nothing was filled in, it is followed. So it is where what
   * was filled in stood on a change that was taken back; that is kept aside.
   */
  meet(drivers: Drivers, role: string, history: readonly Version[]): void {
    if (this.ended || !this.touched) this.follow(drivers);
    else if (!this.isOvertaken(drivers)) this.since = drivers.version;
    else if (history.some((each) => each.version > this.since && each.author === AUTOMATIC && touches(each, role))) {
      const { driver, address, note, draft } = this;
      const typed = { driver, address, note, draft: { ...draft } };
      this.follow(drivers);
      this.lost = this.changes(drivers, role, typed).length ? typed : null;
    }
  }

  /** What was kept aside goes into the form again. */
  putIn(): void {
    if (this.lost) Object.assign(this, this.lost);
    this.lost = null;
  }

  /** What saving would change of what is bound. */
  changes(drivers: Drivers, role: string, typed: Typed = this): readonly Change[] {
    const { bound } = drivers;
    const before = draftFor(drivers, typed.driver);
    const places = Object.keys(before).map((place) => [`settings.${place}`, before[place], typed.draft[place]] as const);
    const all = [["driver", bound?.driver, typed.driver], ["uri", bound?.uri, typed.address], ...places] as const;
    return all
      .filter(([, now, then]) => (now ?? "") !== (then ?? ""))
      .map(([place, now, then]) => ({ place: `${role}.${place}`, before: now || null, after: then || null }));
  }

  /** Another driver has other settings. */
  choose(drivers: Drivers, driver: string): void {
    this.driver = driver;
    this.draft = draftFor(drivers, driver);
  }

  get touched(): boolean {
    if (this.ended) return false;
    return (
      this.driver !== (this.begun?.driver ?? this.driver) ||
      this.address !== (this.begun?.uri ?? "") ||
      this.note !== "" ||
      Object.keys(this.asBegun).some((place) => this.draft[place] !== this.asBegun[place])
    );
  }

  /** Whether something else is bound now than when it was begun. */
  isOvertaken(drivers: Drivers): boolean {
    return this.touched && JSON.stringify(this.begun) !== JSON.stringify(drivers.bound);
  }
}

function touches(version: Version, role: string): boolean {
  return version.changes.some(({ place }) => place.startsWith(`${role}.`));
}

export function fieldsFor(drivers: Drivers, driver: string): readonly Field[] {
  const choice = drivers.drivers.find((each) => each.driver === driver);
  return choice ? fieldsOf(choice.schema) : [];
}

/** The form of a driver as it is bound, or as the driver proposes it. */
export function draftFor(drivers: Drivers, driver: string): Draft {
  const { bound } = drivers;
  return draftOf(fieldsFor(drivers, driver), bound?.driver === driver ? bound.settings : null);
}
