import type { Text } from "../contract";

export type Language = keyof Text;
export type Values = Readonly<Record<string, string | number>>;

/** A message with its `{placeholders}` filled. */
export function fill(message: string, values: Values): string {
  return message.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The page's own words by key, in the language chosen. */
export class Words<Key extends string> {
  constructor(
    private readonly texts: () => Readonly<Record<string, Text>>,
    private readonly language: () => Language,
  ) {}

  /** One text in the language chosen. */
  say = (text: Text): string => text[this.language()];

  /** The text of a key, filled. */
  t = (key: Key, values: Values = {}): string => {
    const text = this.texts()[key];
    if (!text) throw new Error(`the service has no text ${key}`);
    return fill(this.say(text), values);
  };
}
