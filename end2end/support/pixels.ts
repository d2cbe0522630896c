import type { Page } from '@playwright/test';

const side = 256;
/** Cells on a side in which pictures are compared: what the encoding of a JPEG changes is lost in them. */
const cells = 16;

/** The brightness of a picture, 0 to 255, row by row on a square of 256 pixels. */
export type Sight = number[];

/** How a picture lies after it was zoomed about its middle and then moved, in sides of the square. */
interface Shift {
  zoom?: number;
  right?: number;
  down?: number;
}

/** Looks at a square picture with the eyes of a browser, on a page that has nothing to do with the product. */
export async function look(page: Page, picture: Buffer): Promise<Sight> {
  const seen = await page.evaluate(
    async ([base64, side]) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([bytes]));
      const canvas = new OffscreenCanvas(side, side).getContext('2d') as OffscreenCanvasRenderingContext2D;
      canvas.imageSmoothingQuality = 'high';
      canvas.drawImage(bitmap, 0, 0, side, side);
      const { data } = canvas.getImageData(0, 0, side, side);
      const brightness = (at: number) => 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
      // As text, because a list of so many numbers takes Playwright seconds.
      const letters = Array.from({ length: side * side }, (_, pixel) => String.fromCharCode(brightness(pixel * 4)));
      return btoa(letters.join(''));
    },
    [picture.toString('base64'), side] as const,
  );
  return [...Buffer.from(seen, 'base64')];
}

/** What is seen once the picture has been zoomed and moved; not a number where that was out of sight before. */
export function shifted(before: Sight, { zoom = 1, right = 0, down = 0 }: Shift): Sight {
  const middle = side / 2;
  const from = (at: number, shift: number) => Math.floor(middle + (at + 0.5 - shift * side - middle) / zoom);
  return byPixel((x, y) => {
    const [left, top] = [from(x, right), from(y, down)];
    return left >= 0 && left < side && top >= 0 && top < side ? before[top * side + left] : NaN;
  });
}

/** The picture turned by a quarter to the right. */
export function turned(before: Sight): Sight {
  return byPixel((x, y) => before[(side - 1 - x) * side + y]);
}

/** The mean difference in brightness, where both are known. */
export function difference(one: Sight, other: Sight): number {
  const others = means(other);
  const differences = means(one).map((brightness, cell) => Math.abs(brightness - others[cell]));
  const known = differences.filter((each) => !Number.isNaN(each));
  return known.reduce((sum, each) => sum + each, 0) / known.length;
}

function means(sight: Sight): number[] {
  const [sums, cell] = [Array<number>(cells * cells).fill(0), side / cells];
  sight.forEach((brightness, at) => {
    const [x, y] = [at % side, Math.floor(at / side)];
    sums[Math.floor(y / cell) * cells + Math.floor(x / cell)] += brightness / cell ** 2;
  });
  return sums;
}

function byPixel(brightness: (x: number, y: number) => number): Sight {
  return Array.from({ length: side * side }, (_, at) => brightness(at % side, Math.floor(at / side)));
}
