import { readFile } from 'node:fs/promises';
import { type Download, expect, type Locator } from '@playwright/test';
import type { Visitor } from './visitor';

/** Recovery codes: where they are shown once, and where new ones are made. */
export class RecoveryCodes {
  constructor(private readonly visitor: Visitor) {}

  private get main(): Locator {
    return this.visitor.page.getByRole('main');
  }

  /** The list of the codes has no name of its own; the panel around it has, and holds no other. */
  get items(): Locator {
    return this.main.locator('#codes').getByRole('listitem');
  }

  /** Whose they are, as it stands above them on paper. */
  headFor(email: string): Locator {
    return this.main.getByText(this.visitor.words.says('plain_kept.file_head', { email }));
  }

  get copy(): Locator {
    return this.main.locator('form').getByRole('button', { name: this.visitor.words.copy, exact: true });
  }

  get print(): Locator {
    return this.button(this.visitor.words.print);
  }

  get download(): Locator {
    return this.button(this.visitor.words.download);
  }

  get kept(): Locator {
    return this.main.getByLabel(this.visitor.words.kept, { exact: true });
  }

  get make(): Locator {
    return this.button(this.visitor.words.newCodes);
  }

  get save(): Locator {
    return this.button(this.visitor.words.save);
  }

  get cancel(): Locator {
    return this.button(this.visitor.words.cancel);
  }

  private button(name: string): Locator {
    return this.main.getByRole('button', { name, exact: true });
  }

  /** Ten of four groups of five, all different. */
  async shown(): Promise<string[]> {
    await expect(this.items).toHaveCount(10);
    const codes = await this.items.allInnerTexts();
    for (const code of codes) expect(code).toMatch(/^[2-9A-Za-z]{5}(-[2-9A-Za-z]{5}){3}$/);
    expect(new Set(codes).size).toBe(10);
    return codes;
  }

  async downloaded(): Promise<{ name: string; text: string }> {
    const coming = this.visitor.page.waitForEvent('download');
    await this.download.click();
    const file: Download = await coming;
    return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
  }

  /** From the tab to the page. */
  async open(): Promise<void> {
    await this.visitor.security.open();
    await this.visitor.security.newCodes.click();
    await this.visitor.expectPath(/\/security\/recovery$/);
    await expect(this.make).toBeVisible();
  }
}
