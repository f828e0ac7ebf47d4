import type { Wiped } from "../contract";

const alive = new Set<string>();

/** A picture's address in this page, counted until it is given back. */
export function lendObjectUrl(blob: Blob): string {
  const url = URL.createObjectURL(blob);
  alive.add(url);
  return url;
}

export function returnObjectUrl(url: string): void {
  URL.revokeObjectURL(url);
  alive.delete(url);
}

/** Removes all that a citizen may have left in the page outside its components. */
export function wipePage(): void {
  for (const url of alive) returnObjectUrl(url);
  for (const store of stores()) store.clear();
  for (const field of fields()) field.value = "";
  getSelection()?.removeAllRanges();
  speechSynthesisOf(window)?.cancel();
  scrollTo(0, 0);
}

/** Counts what is left, by looking. */
export function proofOfWipe(journey: number): Wiped {
  return {
    journey,
    storage_entries: stores().reduce((sum, store) => sum + store.length, cookies()),
    object_urls: alive.size,
    filled_inputs: fields().filter((field) => field.value !== "").length,
  };
}

/** The terminal's own window has no local storage at all: there it is null. */
function stores(): Storage[] {
  const { localStorage: local, sessionStorage: session } = window as {
    localStorage: Storage | null;
    sessionStorage: Storage | null;
  };
  return [local, session].filter((store) => store !== null);
}

function fields(): HTMLInputElement[] {
  return [...document.querySelectorAll("input")];
}

function cookies(): number {
  return document.cookie.split(";").filter((cookie) => cookie.trim()).length;
}

function speechSynthesisOf(window: Window): SpeechSynthesis | undefined {
  return (window as Partial<Window>).speechSynthesis;
}
