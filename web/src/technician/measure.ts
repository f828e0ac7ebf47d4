/** What is measured of a picture: mean grey from 0 to 255, and the variance of its Laplacian. */
export interface Scores {
  readonly brightness: number;
  readonly sharpness: number;
}

/** Measures a picture of red, green, blue and opacity in bytes. Sharpness compares only with itself. */
export function scores(pixels: Uint8ClampedArray, width: number, height: number): Scores {
  const grey = new Float32Array(width * height);
  const byte = (at: number): number => pixels[at] ?? 0;
  let light = 0;
  for (let at = 0; at < grey.length; at += 1) {
    const value = 0.299 * byte(at * 4) + 0.587 * byte(at * 4 + 1) + 0.114 * byte(at * 4 + 2);
    grey[at] = value;
    light += value;
  }
  return { brightness: light / (grey.length || 1), sharpness: variance(grey, width, height) };
}

function variance(grey: Float32Array, width: number, height: number): number {
  let [count, sum, squares] = [0, 0, 0];
  const value = (at: number): number => grey[at] ?? 0;
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      const at = y * width + x;
      const edge = value(at - 1) + value(at + 1) + value(at - width) + value(at + width) - 4 * value(at);
      count += 1;
      sum += edge;
      squares += edge * edge;
    }
  }
  return count ? squares / count - (sum / count) ** 2 : 0;
}

/** Measures what an element shows, at a size that costs little. */
export class Gauge {
  private readonly canvas = document.createElement("canvas");
  private readonly pen = this.canvas.getContext("2d", { willReadFrequently: true });

  /** Nothing where the picture cannot be read. */
  read(picture: HTMLImageElement, widest = 320): Scores | null {
    const scale = Math.min(1, widest / (picture.naturalWidth || 1));
    const [width, height] = [picture.naturalWidth * scale, picture.naturalHeight * scale].map(Math.round);
    if (!this.pen || !width || !height) return null;
    Object.assign(this.canvas, { width, height });
    this.pen.drawImage(picture, 0, 0, width, height);
    return scores(this.pen.getImageData(0, 0, width, height).data, width, height);
  }
}
