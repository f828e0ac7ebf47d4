import type { Option } from "../../contract";

/** The values after a touch of one option of several. An exclusive one stands alone. */
export function toggled(
  options: readonly Option[],
  values: readonly string[],
  option: Option,
): string[] {
  if (values.includes(option.value)) return values.filter((value) => value !== option.value);
  if (option.exclusive) return [option.value];
  const exclusive = new Set(options.filter((other) => other.exclusive).map(({ value }) => value));
  return [...values.filter((value) => !exclusive.has(value)), option.value];
}
