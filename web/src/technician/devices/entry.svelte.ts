import { draftOf, fieldsOf, type Draft, type Field } from "../schema";
import type { Binding, Drivers } from "../types";

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

  constructor(drivers: Drivers) {
    this.follow(drivers);
  }

  /** Begins anew with what is bound now. */
  follow(drivers: Drivers): void {
    const { bound } = drivers;
    this.ended = false;
    this.begun = bound;
    this.driver = bound?.driver ?? drivers.drivers[0]?.driver ?? "";
    this.address = bound?.uri ?? "";
    this.note = "";
    this.asBegun = draftFor(drivers, this.driver);
    this.draft = { ...this.asBegun };
  }

  /** It was saved: what is bound is followed as soon as that is read. */
  end(): void {
    this.ended = true;
  }

  /** What is bound was read again: where nothing was filled in, it is followed. */
  meet(drivers: Drivers): void {
    if (this.ended || !this.touched) this.follow(drivers);
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

export function fieldsFor(drivers: Drivers, driver: string): readonly Field[] {
  const choice = drivers.drivers.find((each) => each.driver === driver);
  return choice ? fieldsOf(choice.schema) : [];
}

/** The form of a driver as it is bound, or as the driver proposes it. */
export function draftFor(drivers: Drivers, driver: string): Draft {
  const { bound } = drivers;
  return draftOf(fieldsFor(drivers, driver), bound?.driver === driver ? bound.settings : null);
}
