import type { Json } from "./types";

/** A value as it is read in a list; nothing at all is a dash. */
export function plain(value: Json): string {
  if (value === null || value === "") return "—";
  if (typeof value === "number") return String(Math.round(value * 1000) / 1000);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A number of bytes in the largest unit that says it. */
export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  if (count < 1024 * 1024) return `${(count / 1024).toFixed(1)} KiB`;
  return `${(count / 1024 / 1024).toFixed(1)} MiB`;
}
