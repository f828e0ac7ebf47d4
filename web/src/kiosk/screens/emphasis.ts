/** A sentence around the part that decides: before, the part, after. */
export function around(sentence: string, part: string | null): [string, string, string] {
  const at = part ? sentence.indexOf(part) : -1;
  if (!part || at < 0) return [sentence, "", ""];
  return [sentence.slice(0, at), part, sentence.slice(at + part.length)];
}
