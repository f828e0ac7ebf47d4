/** The panel that the drawing was made for: 1080 x 1920 px at 0.248 mm. */
const DRAWN = { long: 1920, short: 1080, mmPerPx: 0.248 };
const MOST_CROWDING = 1.2;

export interface Surface {
  width: number;
  height: number;
  fullScreen: boolean;
  /** CSS px to device px. */
  pixelRatio: number;
  mmPerPx: number;
}

/**
 * How large 1rem/16 of the drawing is on a surface, in CSS px.
 *
 * The drawing fills the surface. On a small panel of many pixels it grows beyond that, up to a
 * fifth, so that keys keep their 20 mm; what no longer fits scrolls. In a window on a desk the
 * panel's millimetres mean nothing, and the drawing just fits.
 */
export function scaleOf(surface: Surface): number {
  const { width, height } = surface;
  const portrait = height >= width;
  const fit = portrait
    ? Math.min(width / DRAWN.short, height / DRAWN.long)
    : Math.min(width / DRAWN.long, height / DRAWN.short);
  if (!surface.fullScreen) return fit;
  const physical = DRAWN.mmPerPx / (surface.mmPerPx * surface.pixelRatio);
  return Math.min(Math.max(physical, fit), fit * MOST_CROWDING);
}

/** Keeps the root font size in step with the window. Returns the end of it. */
export function keepScale(mmPerPx: number): () => void {
  const root = document.documentElement;
  const apply = () => {
    const scale = scaleOf({
      width: innerWidth,
      height: innerHeight,
      fullScreen: innerWidth >= screen.width && innerHeight >= screen.height,
      pixelRatio: devicePixelRatio,
      mmPerPx,
    });
    root.style.setProperty("font-size", `${16 * scale}px`);
  };
  apply();
  addEventListener("resize", apply);
  return () => removeEventListener("resize", apply);
}
