import type { Text } from "../contract";

/** What the service tells a technician (`/api/technician`). */
export interface PageInfo {
  readonly texts: Readonly<Record<string, Text>>;
  readonly hall: Text;
  readonly terminal: Text;
  readonly terminal_id: string;
  readonly virtual: boolean;
  readonly accounts: boolean;
}

export type Role = "staff" | "technician" | "admin";
export type Right = "look" | "clear" | "work" | "govern";
export type Tone = "good" | "soon" | "stop" | "plain";
export type Maintenance = "inactive" | "enterPending" | "active" | "exitPending";
export type Action = "reset" | "clear" | "configuration" | "maintenance" | "suspend" | "none";

export interface Login {
  readonly session: string;
  readonly name: string;
  readonly role: Role;
  readonly seconds: number;
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export interface StatusValue {
  readonly value: Json;
  readonly source: string;
  readonly age_s: number | null;
}

export interface Fault {
  readonly name: string;
  readonly title: Text;
  readonly on: boolean;
  readonly once: boolean;
}

export interface Device {
  readonly role: string;
  readonly title: Text;
  readonly driver: string;
  readonly id: string;
  readonly model: string;
  readonly bound: boolean;
  readonly tone: Tone;
  readonly word: Text;
  readonly known_by: Text;
  readonly age_s: number | null;
  readonly status: Readonly<Record<string, StatusValue>>;
  readonly tests: readonly string[];
  readonly preview: boolean;
  readonly faults: readonly Fault[];
  readonly error: string | null;
  readonly restarts: number;
  readonly not_recorded: Text | null;
  readonly recording: boolean;
  /** The version that last changed how the role is bound; none since the terminal was set up. */
  readonly changed: { readonly version: number; readonly at: string; readonly author: string } | null;
  /** The services that it serves, and whether each stops without it. */
  readonly used_by: readonly { readonly title: Text; readonly stops: boolean }[];
}

export interface Service {
  readonly id: string;
  readonly title: Text;
  readonly offered: boolean;
  readonly reason: Text | null;
}

export interface Consumable {
  readonly role: string;
  readonly supply: string;
  readonly what: Text;
  readonly level: number | null;
  readonly left: number | null;
  readonly says: Text;
  readonly tone: Tone;
  /** The button of whoever filled it, where that is counted. */
  readonly filled: Text | null;
}

export interface RepairStep {
  readonly title: Text;
  readonly detail: Text;
  readonly picture: string | null;
  readonly button: { readonly act: string; readonly label: Text } | null;
}

export interface Repair {
  readonly id: string;
  readonly role: string;
  readonly title: Text;
  readonly tone: Tone;
  readonly since: string;
  readonly action: Action;
  readonly steps: readonly RepairStep[];
}

export type Decision = "void" | "taken";

/** A copy on paper that staff must decide about. */
export interface CopyWaits {
  readonly serial: string;
  readonly copy: number;
  readonly service: Text;
  readonly state: "print-unknown" | "needs-staff";
  readonly day: string;
  readonly evidence: Text;
  readonly advice: Text;
  /** What may be said of it. */
  readonly decisions: readonly Decision[];
}

/** Whether other programs of the machine may use the devices: as it is set, and as it is. */
export interface Interop {
  readonly on: boolean;
  readonly open: boolean;
  readonly identities: boolean;
  readonly port: number;
  readonly address: string;
  readonly error: string | null;
}

export interface TerminalState {
  readonly now: string;
  readonly version: number;
  readonly changed_at: string | null;
  readonly changed_by: string | null;
  readonly maintenance: Maintenance;
  readonly pending: { readonly version: number; readonly seconds_left: number; readonly back: number | null } | null;
  /** What was taken back by itself, until something is changed again. */
  readonly taken_back: TakenBack | null;
  readonly rights: readonly Right[];
  readonly devices: readonly Device[];
  readonly services: readonly Service[];
  readonly interop: Interop;
  readonly consumables: readonly Consumable[];
  readonly repairs: readonly Repair[];
  /** `null` where the records cannot be read. */
  readonly copies: readonly CopyWaits[] | null;
}

export interface Finding {
  readonly name: string;
  readonly state: "new" | "known" | "missing" | "unsupported" | "unfinished";
  /** What the device or the system calls it; a key of `found_is` as `action` is of `found_do`. */
  readonly says: string;
  /** What is to be done, in English; a key of `found_do` when its words are joined by hyphens. */
  readonly action: string;
  readonly device_class: string;
  readonly driver: string | null;
  readonly settings: Readonly<Record<string, Json>> | null;
  readonly roles: readonly string[];
}

export interface Binding {
  readonly driver: string;
  readonly settings: Readonly<Record<string, Json>>;
  readonly uri: string | null;
}

export interface DriverChoice {
  readonly driver: string;
  readonly title: Text | string;
  readonly schema: Schema;
}

export interface Drivers {
  readonly drivers: readonly DriverChoice[];
  readonly bound: Binding | null;
  /** The newest version: a change names it, and is refused when the role was changed after it. */
  readonly version: number;
}

/** What is used of JSON Schema 2020-12, as pydantic writes it; `unit` is our own word. */
export interface Schema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly default?: Json;
  readonly enum?: readonly Json[];
  readonly const?: Json;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly propertyNames?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly unit?: string;
}

/** One thing that can be set on a camera, in the camera's own units. */
export interface Control {
  readonly name: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly step: number;
  readonly default: number;
  readonly value: number;
}

export interface TestResult {
  readonly ok: boolean;
  readonly seconds: number;
  readonly values: readonly { readonly label: Text | string; readonly value: string }[];
  readonly picture: string | null;
  /** The PDF that it made. */
  readonly document: string | null;
  readonly error: string | null;
}

export interface Recording {
  readonly id: string;
  readonly role: string;
  readonly at: string;
  readonly seconds: number;
  readonly bytes: number;
}

export interface Version {
  readonly version: number;
  readonly at: string;
  readonly author: string;
  readonly summary: Text;
  readonly state: "active" | "probation" | "rolled-back" | "unproved" | "past";
  /** Going back to it would change nothing. */
  readonly same_as_now: boolean;
  /** Whether whoever is logged in may go back to it. */
  readonly allowed: boolean;
  readonly changes: readonly Change[];
  /** What going back to it would change. */
  readonly back: readonly Change[];
}

export interface TakenBack {
  readonly version: number;
  readonly at: string;
  /** The versions that were on trial, and who made them. */
  readonly undone: readonly number[];
  readonly authors: readonly string[];
  readonly summary: Text;
  /** From what was tried to what is in force. */
  readonly changes: readonly Change[];
}

export interface Change {
  readonly place: string;
  readonly before: Json;
  readonly after: Json;
}

export interface LogLine {
  readonly at: string;
  readonly level: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, Json>>;
}

export interface Named {
  readonly id: string;
  readonly title: Text;
}

/** What a citizen may show: whose it may be, which document, and what may go wrong then. */
export interface Card extends Named {
  readonly residents: readonly number[];
  readonly documents: readonly Named[];
  readonly faults: readonly { readonly name: string; readonly title: Text }[];
}

export interface Rehearsals {
  readonly services: readonly Named[];
  readonly cards: readonly Card[];
  readonly residents: readonly { readonly number: number; readonly slug: string; readonly note: Text }[];
  readonly running: boolean;
}

export interface Rehearsal {
  readonly outcome: string;
  readonly serial: string | null;
  readonly steps: readonly { readonly name: string; readonly ms: number }[];
  readonly fault: string | null;
  /** What the citizen was told about it. */
  readonly fault_says: Text | null;
}
