import type { Text } from "../contract";
import type { DeviceState, Resident } from "./types";

/** What the page has words from: all texts by key, and the people of the drawer. */
export interface Known {
  readonly texts: Readonly<Record<string, Text>>;
  readonly residents: readonly Resident[];
  readonly say: (text: Text) => string;
}

/** Wires and lists of choices: nothing that a person sees of a device. */
const HIDDEN = new Set(["light", "faults", "port", "socket", "device", "reader", "plugged", "turns", "documents"]);

/** What can be read at a glance of a device, in words: values, the names that are on, how many of a list. */
export function seen(role: string, state: DeviceState, known: Known): [string, string][] {
  return Object.entries(state).flatMap(([name, value]): [string, string][] => {
    if (HIDDEN.has(name) || value === null || value === undefined) return [];
    const says = name === "card" ? holder(value, known) : said(value, known);
    return says ? [[titleOf(role, name, known), says]] : [];
  });
}

/** A word of the virtual hardware; itself where there is no text for it. */
export function worded(word: string, { texts, say }: Known): string {
  const text = texts[`word.${word}`];
  return text ? say(text) : word;
}

function titleOf(role: string, name: string, { texts, say }: Known): string {
  const text = texts[`seen_at.${role}.${name}`] ?? texts[`seen.${name}`];
  return text ? say(text) : name;
}

function holder(number: unknown, { residents }: Known): string {
  return residents.find((each) => each.number === number)?.name ?? String(number);
}

function said(value: unknown, known: Known): string {
  if (typeof value === "boolean") return worded(value ? "yes" : "no", known);
  if (Array.isArray(value)) return String(value.length);
  if (typeof value !== "object") return worded(String(value), known);
  const on = Object.entries(value as object).filter(([, each]) => each === true);
  return on.map(([name]) => worded(name, known)).join("、");
}
