import { writeFile } from 'node:fs/promises';
import { expect, type JSHandle, type Locator, test } from '@playwright/test';
import type { ChosenFile } from '../support/files';
import { fromOwnPage } from '../support/forms';
import type { Visitor } from './visitor';

/** The panel "Profile picture" of Personal details, and the picture wherever else it is seen. */
export class ProfilePicture {
  constructor(private readonly visitor: Visitor) {}

  get panel(): Locator {
    const { page, words } = this.visitor;
    return page.getByRole('region', { name: words.profilePicture, exact: true });
  }

  get field(): Locator {
    return this.panel.getByLabel(this.visitor.words.selectFiles, { exact: true });
  }

  get save(): Locator {
    return this.button(this.visitor.words.save);
  }

  get cancel(): Locator {
    return this.button(this.visitor.words.cancel);
  }

  get remove(): Locator {
    return this.button(this.visitor.words.removePicture);
  }

  /** The square that is cut out, as it will be. */
  get crop(): Locator {
    return this.panel.getByRole('application', { name: this.visitor.words.says('picture.crop') });
  }

  get zoom(): Locator {
    return this.panel.getByRole('slider', { name: this.visitor.words.zoom, exact: true });
  }

  get progress(): Locator {
    return this.panel.getByRole('progressbar', { name: this.visitor.words.says('picture.sending') });
  }

  /** Decoration beside a name, so it has no name of its own to be found by. */
  get large(): Locator {
    return this.panel.locator('img');
  }

  get inHeader(): Locator {
    return this.visitor.header.summary.locator('img');
  }

  private button(name: string): Locator {
    return this.panel.getByRole('button', { name, exact: true });
  }

  async choose(file: ChosenFile): Promise<void> {
    await this.field.setInputFiles(await onDisk(file));
  }

  async expectCropping(): Promise<void> {
    await expect(this.crop).toBeFocused();
    await expect(this.cancel).toBeVisible();
    await expect(this.remove).toBeHidden();
  }

  async expectIdle(): Promise<void> {
    await expect(this.crop).toBeHidden();
    await expect(this.cancel).toBeHidden();
    await expect(this.progress).toBeHidden();
  }

  /** What is on the canvas, as PNG. */
  async cropped(): Promise<Buffer> {
    const url = await this.crop.evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL('image/png'));
    return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
  }

  async zoomed(): Promise<number> {
    return Number(await this.zoom.inputValue());
  }

  /** Pulls the picture by this much of its side. */
  async drag(right: number, down: number): Promise<void> {
    const { mouse } = this.visitor.page;
    const box = await this.cropBox();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await mouse.move(x, y);
    await mouse.down();
    await mouse.move(x + (right * box.width) / 2, y + (down * box.height) / 2);
    await mouse.move(x + right * box.width, y + down * box.height);
    await mouse.up();
  }

  /** Turns the wheel over the middle of the picture. */
  async wheel(delta: number): Promise<void> {
    const box = await this.cropBox();
    await this.visitor.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await this.visitor.page.mouse.wheel(0, delta);
  }

  /** Puts two fingers around the middle, spreads them so many times as far, and moves both by this much of a side. */
  async pinch(wider: number, right: number): Promise<void> {
    const box = await this.cropBox();
    const [x, y, apart] = [box.x + box.width / 2, box.y + box.height / 2, box.width / 10];
    const session = await this.visitor.page.context().newCDPSession(this.visitor.page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', part?: number) => {
      const gap = part === undefined ? 0 : apart * (1 + (wider - 1) * part);
      const shift = right * box.width * (part ?? 0);
      const fingers = [-gap, gap].map((offset, id) => ({ id, x: x + offset + shift, y }));
      return session.send('Input.dispatchTouchEvent', { type, touchPoints: part === undefined ? [] : fingers });
    };
    await touch('touchStart', 0);
    for (const part of [0.25, 0.5, 0.75, 1]) await touch('touchMove', part);
    await touch('touchEnd');
  }

  private async cropBox(): Promise<{ x: number; y: number; width: number; height: number }> {
    await this.crop.scrollIntoViewIfNeeded();
    const box = await this.crop.boundingBox();
    if (!box) throw new Error('There is nothing to crop.');
    return box;
  }

  async drop(file: ChosenFile): Promise<void> {
    const dataTransfer = await this.carried(file);
    await this.field.dispatchEvent('dragover', { dataTransfer });
    await this.field.dispatchEvent('drop', { dataTransfer });
  }

  /** Pastes anywhere on the page. */
  async paste(file: ChosenFile): Promise<void> {
    const carried = await this.carried(file);
    await this.visitor.page.evaluate((clipboardData) => {
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    }, carried);
  }

  private carried({ name, mimeType, buffer }: ChosenFile): Promise<JSHandle<DataTransfer>> {
    return this.visitor.page.evaluateHandle(
      ([name, type, base64]) => {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        const carried = new DataTransfer();
        carried.items.add(new File([bytes], name, { type }));
        return carried;
      },
      [name, mimeType, buffer.toString('base64')],
    );
  }

  /** Holds what the page sends, until the function is called that this returns. */
  async hold(): Promise<() => void> {
    let release = (): void => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    await this.visitor.page.route('**/account/picture', async (route) => {
      await released;
      await route.continue();
    });
    return release;
  }

  /** Sends a file as a program would, and returns the status. */
  async send(file: ChosenFile): Promise<number> {
    const { page } = this.visitor;
    const answer = await page.request.post('/account/picture', {
      headers: { ...fromOwnPage(page.url()), Accept: 'application/json' },
      multipart: { picture: file },
    });
    return answer.status();
  }

  /** Where the picture is, in both sizes, once the page shows it in both places. */
  async urls(): Promise<{ large: string; small: string }> {
    for (const image of [this.large, this.inHeader]) await expect(image).toBeVisible();
    const [large, small] = await Promise.all([this.large.getAttribute('src'), this.inHeader.getAttribute('src')]);
    expect(large).toMatch(/^\/pictures\/[\w-]{22,}\/512$/);
    expect(small).toBe(large?.replace(/512$/, '96'));
    return { large: String(large), small: String(small) };
  }

  async fetched(url: string): Promise<Buffer> {
    const answer = await this.visitor.page.request.get(url);
    expect(answer.status()).toBe(200);
    return answer.body();
  }

  async status(url: string): Promise<number> {
    return (await this.visitor.page.request.get(url)).status();
  }

  async expectShown(): Promise<void> {
    for (const [image, side] of [
      [this.large, 512],
      [this.inHeader, 96],
    ] as const) {
      await expect(image).toBeVisible();
      await expect.poll(() => image.evaluate((each) => (each as HTMLImageElement).naturalWidth)).toBe(side);
    }
  }

  async expectInitials(initials: string): Promise<void> {
    await this.visitor.header.expectInitials(initials);
    await expect(this.panel).toContainText(initials);
    await expect(this.inHeader).toHaveCount(0);
    await expect(this.large).toHaveCount(0);
    await expect(this.remove).toHaveCount(0);
  }
}

/** Writes a file where the test keeps what it leaves behind: browsers without scripts take no other. */
export async function onDisk({ name, buffer }: ChosenFile): Promise<string> {
  const file = test.info().outputPath(name);
  await writeFile(file, buffer);
  return file;
}
