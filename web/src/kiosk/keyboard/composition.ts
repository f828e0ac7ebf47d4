/** What is being written: text that stands, and letters of pinyin that are not chosen yet. */
export interface Composition {
  readonly text: string;
  readonly letters: string;
}

export const EMPTY: Composition = { text: "", letters: "" };
const LONGEST = 64;

/** All that was typed, as one string. */
export function whole({ text, letters }: Composition): string {
  return text + letters;
}

export function typed(composition: Composition, letter: string): Composition {
  if (whole(composition).length >= LONGEST) return composition;
  return { ...composition, letters: composition.letters + letter.toLowerCase() };
}

/** A mark that is no pinyin, such as the dot within a name: the letters before it stand. */
export function marked(composition: Composition, mark: string): Composition {
  return whole(composition).length >= LONGEST
    ? composition
    : { text: whole(composition) + mark, letters: "" };
}

export function chosen({ text }: Composition, candidate: string): Composition {
  return { text: text + candidate, letters: "" };
}

/** Takes away the last letter, or the last character (which may be of two code units). */
export function erased({ text, letters }: Composition): Composition {
  if (letters) return { text, letters: letters.slice(0, -1) };
  return { text: [...text].slice(0, -1).join(""), letters: "" };
}
