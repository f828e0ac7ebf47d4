/** How long somebody who means it holds the mark. */
export const HELD = 5_000;

export interface Press {
  /** The press began, or ended before its time. */
  held: (yes: boolean) => void;
  done: () => void;
}

/** Tells of one finger or one mouse button that stays down on an element. Returns the end of it. */
export function longPress(element: HTMLElement, { held, done }: Press): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let finger: number | undefined;

  const stop = () => {
    if (finger === undefined) return;
    clearTimeout(timer);
    finger = undefined;
    held(false);
  };
  const down = (event: PointerEvent) => {
    stop();
    if (!event.isPrimary || event.button !== 0) return;
    // A touch is bound to where it began; unbound, a finger that slides off is told of.
    element.releasePointerCapture?.(event.pointerId);
    finger = event.pointerId;
    held(true);
    timer = setTimeout(() => {
      stop();
      done();
    }, HELD);
  };
  const starts = new AbortController();
  const { signal } = starts;
  element.addEventListener("pointerdown", down, { signal });
  for (const name of ["pointerup", "pointercancel", "pointerleave"]) {
    element.addEventListener(name, stop, { signal });
  }
  addEventListener("blur", stop, { signal });
  return () => {
    stop();
    starts.abort();
  };
}
