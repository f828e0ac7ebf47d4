/** A resident number has 18 places, the last a digit or X (GB 11643). */
export const PLACES = 18;

/** The number with one more character, where it fits. */
export function withCharacter(number: string, character: string): string {
  if (number.length >= PLACES) return number;
  if (character === "X") return number.length === PLACES - 1 ? `${number}X` : number;
  return /^\d$/.test(character) ? number + character : number;
}

/** In groups as on the card's back: division, birth, the rest. */
export function grouped(number: string): string {
  return [number.slice(0, 6), number.slice(6, 14), number.slice(14)].filter(Boolean).join(" ");
}

/** Only what an id number may hold, from a keyboard of keys. */
export function cleaned(text: string): string {
  return [...text.toUpperCase()].reduce(withCharacter, "");
}
