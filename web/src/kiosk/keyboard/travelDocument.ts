/** A document number has at most nine places in the MRZ; longer ones run on (ICAO 9303-5, 4.2.2). */
export const LONGEST_NUMBER = 22;
const DATE_PLACES = 8;

/** The number with one more letter or digit, where it fits. */
export function withSign(number: string, sign: string): string {
  const next = sign.toUpperCase();
  return /^[A-Z0-9]$/.test(next) && number.length < LONGEST_NUMBER ? number + next : number;
}

/** The digits of a date with one more, where it fits. */
export function withDigit(digits: string, digit: string): string {
  return /^\d$/.test(digit) && digits.length < DATE_PLACES ? digits + digit : digits;
}

/** `1985-06-17` as the digits that are typed. */
export function digitsOf(date: string): string {
  return date.replace(/\D/g, "").slice(0, DATE_PLACES);
}

/** As it is read: year, month, day. */
export function spaced(digits: string): string {
  return [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6)].filter(Boolean).join(" ");
}

export function isWhole(digits: string): boolean {
  return digits.length === DATE_PLACES;
}

/** `YYYY-MM-DD`; null when there is no such day. */
export function dateOf(digits: string): string | null {
  if (!isWhole(digits)) return null;
  const date = `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`;
  const day = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date) ? date : null;
}
