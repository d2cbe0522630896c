import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import type { Visitor } from '../pages/visitor';
import { results, screens } from './environment';

const themes = ['light', 'dark'] as const;
const widths = [1280, 360] as const;

/** Looks at a page as it stands: both themes, wide and narrow, nothing to scroll sideways, nothing axe objects to. */
export async function look(visitor: Visitor, name: string, settings: { axe?: boolean } = {}): Promise<void> {
  await test.step(name, async () => {
    const { page } = visitor;
    const before = page.viewportSize();
    for (const colorScheme of themes) {
      // A transition on the way from one theme to the other would be seen half done.
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      for (const width of widths) {
        await page.setViewportSize({ width, height: 800 });
        await expectNoSidewaysScroll(page);
        if (screens && visitor.js) {
          const file = `${name}-${visitor.words.language}-${colorScheme}-${width}.png`;
          await page.screenshot({ path: `${results}/screens/${file}`, fullPage: true });
        }
        if (settings.axe !== false && (width === 1280 || colorScheme === 'light')) await expectNoViolations(page);
      }
    }
    if (before) await page.setViewportSize(before);
    await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  });
}

/** Only axe, in both themes, for a state that has been looked at elsewhere. */
export async function axe(page: Page): Promise<void> {
  for (const colorScheme of themes) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expectNoViolations(page);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}

async function expectNoViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, help, nodes }) => ({ id, help, at: nodes.map((node) => node.target.join(' ')) }));
  expect(found).toEqual([]);
}

async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const tooWide = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const elements = [...document.querySelectorAll('body *')];
    const wide = elements.filter((element) => element.getBoundingClientRect().right > clientWidth + 0.5);
    return [`${scrollWidth} > ${clientWidth}`, ...wide.slice(0, 5).map((element) => element.outerHTML.slice(0, 120))];
  });
  expect(tooWide).toEqual([]);
}
