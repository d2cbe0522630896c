import { expect, type Page, test } from '@playwright/test';
import axe from 'axe-core';
import type { Visitor } from '../pages/visitor';
import { results, screens } from './environment';

const themes = ['light', 'dark'] as const;
const widths = [1280, 360] as const;

interface Settings {
  axe?: boolean;
  /** The menu of the header lies over the page, and may hide most of something that can be pressed there. */
  isCovered?: boolean;
  /** The page is built differently where no script can help it. */
  differsWithoutScripts?: boolean;
}

/** Looks at a page as it stands: both themes, wide and narrow, nothing to scroll sideways, nothing axe objects to. */
export async function look(visitor: Visitor, name: string, settings: Settings = {}): Promise<void> {
  await test.step(name, async () => {
    const { page } = visitor;
    const before = page.viewportSize();
    for (const colorScheme of visitor.js ? themes : (['light'] as const)) {
      // A transition on the way from one theme to the other would be seen half done.
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      for (const width of widths) {
        await page.setViewportSize({ width, height: 800 });
        await expectNoSidewaysScroll(page);
        if (screens && visitor.js) {
          const file = `${name}-${visitor.words.language}-${colorScheme}-${width}.png`;
          await page.screenshot({ path: `${results}/screens/${file}`, fullPage: true });
        }
        if (isJudged(visitor.js, settings, colorScheme, width)) await expectNoViolations(visitor, settings);
      }
    }
    if (before) await page.setViewportSize(before);
    await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  });
}

/** Colours are the same with and without scripts, so the second time only the structure is judged, where it differs. */
function isJudged(js: boolean, settings: Settings, colorScheme: string, width: number): boolean {
  if (settings.axe === false) return false;
  if (!js) return settings.differsWithoutScripts === true && width === 1280;
  return width === 1280 || colorScheme === 'light';
}

async function expectNoViolations({ page, js }: Visitor, { isCovered = false }: Settings): Promise<void> {
  if (js) await calm(page);
  const judged = js ? page : await still(page);
  const violations = await violationsOf(judged, isCovered);
  if (judged !== page) await judged.context().close();
  const found = violations.map(({ id, help, nodes }) => ({ id, help, at: nodes.map((node) => node.target.join(' ')) }));
  expect(found).toEqual([]);
}

/** The pages have no frames to look into, so axe runs in the page itself, and stays for the next time. */
async function violationsOf(page: Page, isCovered: boolean): Promise<axe.Result[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  return page.evaluate(async (isCovered) => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    // WCAG 2.2, 2.5.8; axe looks at it only if it is told to.
    const size = 'target-size';
    const rules = { [size]: { enabled: !isCovered } };
    const whole = await axe.run({ resultTypes: ['violations'], rules });
    if (!isCovered) return whole.violations;
    const menu = await axe.run('header', { resultTypes: ['violations'], runOnly: [size] });
    return [...whole.violations, ...menu.violations];
  }, isCovered);
}

/** Colours on their way from one theme to the other are no fault. */
async function calm(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const passing = document.getAnimations().filter((each) => each.effect?.getTiming().iterations !== Infinity);
    await Promise.allSettled(passing.map((each) => each.finished));
  });
}

/** The page as it stands, in a browser with scripts: axe is one, and nothing else of the page may run. */
async function still(page: Page): Promise<Page> {
  const html = (await page.content()).replace(/<script\b[^]*?<\/script>/g, '');
  const dark = await page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches);
  const context = await page
    .context()
    .browser()
    ?.newContext({
      javaScriptEnabled: true,
      colorScheme: dark ? 'dark' : 'light',
      reducedMotion: 'reduce',
      viewport: page.viewportSize(),
    });
  if (!context) throw new Error('This browser makes no further contexts.');
  await context.route(page.url(), (route) => route.fulfill({ body: html, contentType: 'text/html; charset=utf-8' }));
  const copy = await context.newPage();
  await copy.goto(page.url());
  return copy;
}

/** What was just made narrow takes a frame to settle. */
async function expectNoSidewaysScroll(page: Page): Promise<void> {
  await expect.poll(() => tooWide(page)).toEqual([]);
}

function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const elements = [...document.querySelectorAll('body *')];
    const wide = elements.filter((element) => element.getBoundingClientRect().right > clientWidth + 0.5);
    return [`${scrollWidth} > ${clientWidth}`, ...wide.slice(0, 5).map((element) => element.outerHTML.slice(0, 120))];
  });
}
