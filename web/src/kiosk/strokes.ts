import type { StrokePoint } from "../contract";

export type Stroke = readonly StrokePoint[];

const MOST_STROKES = 200;
/** So many points of some 40 characters fit into one answer of 64 KiB. */
const MOST_POINTS = 1_200;

const within = (value: number) => Math.min(1, Math.max(0, value));
const rounded = (value: number, places: number) => Number(within(value).toFixed(places));

/** A point of the pad: parts of its width and height, a ten-thousandth fine. */
export function pointOf(x: number, y: number, pressure: number, milliseconds: number): StrokePoint {
  const t = Math.max(0, Math.round(milliseconds));
  return { x: rounded(x, 4), y: rounded(y, 4), p: rounded(pressure, 2), t };
}

export function mayBegin(strokes: readonly Stroke[]): boolean {
  return strokes.length < MOST_STROKES;
}

/** The strokes with no more points than are taken: each second one goes, first and last stay. */
export function thinned(strokes: readonly Stroke[], most = MOST_POINTS): readonly Stroke[] {
  let thin = strokes;
  while (thin.reduce((sum, stroke) => sum + stroke.length, 0) > most) {
    const next = thin.map((stroke) =>
      stroke.filter((_, index) => index % 2 === 0 || index === stroke.length - 1),
    );
    if (next.every((stroke, index) => stroke.length === thin[index]?.length)) return next;
    thin = next;
  }
  return thin;
}
