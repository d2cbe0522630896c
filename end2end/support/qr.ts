import type { Page } from '@playwright/test';
import jsQR from 'jsqr';
import { PNG } from 'pngjs';

/** What a camera reads that is held before the screen, whatever else stands there. */
export async function scanned(page: Page): Promise<string> {
  const { data, width, height } = PNG.sync.read(await page.screenshot());
  const code = jsQR(new Uint8ClampedArray(data), width, height);
  if (!code) throw new Error(`No QR code is to be seen at ${page.url()}.`);
  return code.data;
}
