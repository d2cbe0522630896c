import type { Locator } from '@playwright/test';
import { ProfilePicture } from '../pages/picture';
import type { Visitor } from '../pages/visitor';
import { metadata, photo, upright } from '../support/files';
import { difference, look, shifted, type Sight, turned } from '../support/pixels';
import { markupFaults } from '../support/markup';
import { demo, expect, test as base } from '../support/test';

/** More than encoding changes, and far less than another part of the picture differs by. */
const alike = 4;

interface Fixtures {
  picture: ProfilePicture;
  /** Looks at the bytes of a picture. */
  see(picture: Buffer): Promise<Sight>;
}

const test = base.extend<Fixtures>({
  picture: async ({ visitor }, use) => use(new ProfilePicture(visitor)),
  see: async ({ browser }, use) => use((picture) => look(browser, picture)),
});

async function expectUpright(sight: Sight, see: Fixtures['see']): Promise<void> {
  const wanted = await see(upright);
  expect(difference(sight, wanted)).toBeLessThan(alike);
  // Otherwise the photo could not tell which way up it is.
  let other = wanted;
  for (let quarter = 1; quarter < 4; quarter += 1) {
    other = turned(other);
    expect(difference(sight, other)).toBeGreaterThan(4 * alike);
  }
}

/** What both sizes hold looks like this. */
async function expectLike(sight: Sight, picture: ProfilePicture, see: Fixtures['see']): Promise<void> {
  const { large, small } = await picture.urls();
  for (const url of [large, small]) {
    expect(difference(await see(await picture.fetched(url)), sight)).toBeLessThan(alike);
  }
}

for (const language of ['en', 'de'] as const) {
  test.describe(`in ${language}`, () => {
    test.use({ language });

    test('a photo is chosen, seen upright wherever its owner is named, and removed', async ({
      visitor,
      people,
      picture,
      see,
    }) => {
      await visitor.enter(await people.join({ language }), people);
      const { details, page } = visitor;
      await details.open();
      await picture.expectInitials('AL');
      await page.evaluate(() => document.documentElement.setAttribute('data-mark', 'same document'));

      await picture.choose(photo);
      if (visitor.js) {
        await picture.expectCropping();
        await expectUpright(await see(await picture.cropped()), see);
      }
      await picture.save.click();
      await details.expectStatus('picture.saved');
      await picture.expectIdle();
      await picture.expectShown();
      const { large, small } = await picture.urls();
      for (const url of [large, small]) await expectUpright(await see(await picture.fetched(url)), see);

      await page.reload();
      await visitor.settled();
      await picture.expectShown();
      expect(await picture.urls()).toEqual({ large, small });

      await picture.remove.click();
      await details.expectStatus('picture.removed');
      await picture.expectInitials('AL');
      for (const url of [large, small]) expect(await picture.status(url)).toBe(404);
      await details.open();
      await picture.expectInitials('AL');
    });
  });
}

test.describe('while one crops', () => {
  test.skip(({ javaScriptEnabled }) => javaScriptEnabled === false, 'without scripts the server takes the middle');

  test.beforeEach(async ({ visitor, people, picture }) => {
    await visitor.enter(await people.join(), people);
    await visitor.details.open();
    await picture.choose(photo);
    await picture.expectCropping();
  });

  test('the mouse moves and zooms, and what was seen is what is saved', async ({ visitor, picture, see }) => {
    let before = await see(await picture.cropped());
    const expectNow = async (shift: Parameters<typeof shifted>[1]) => {
      const now = await see(await picture.cropped());
      expect(difference(now, shifted(before, shift))).toBeLessThan(alike);
      expect(difference(now, before)).toBeGreaterThan(alike);
      before = now;
    };
    await picture.drag(0.15, 0);
    await expectNow({ right: 0.15 });
    await picture.wheel(-200);
    await expect.poll(() => picture.zoomed()).toBeCloseTo(1.4);
    await expectNow({ zoom: 1.4 });
    await picture.zoom.click();
    expect(await picture.zoomed()).toBeCloseTo(2.5, 1);
    await expectNow({ zoom: (await picture.zoomed()) / 1.4 });
    await picture.drag(-0.1, 0.2);
    await expectNow({ right: -0.1, down: 0.2 });

    await visitor.page.evaluate(() => document.documentElement.setAttribute('data-mark', 'same document'));
    await picture.save.click();
    await visitor.details.expectStatus('picture.saved');
    await picture.expectShown();
    await expectLike(before, picture, see);
    await expect(visitor.page.locator('html[data-mark]')).toHaveCount(1);
  });

  test('the keyboard moves and zooms', async ({ visitor, picture, see }) => {
    const { keyboard } = visitor.page;
    let before = await see(await picture.cropped());
    const step = 16 / 512;
    for (const [keys, shift] of [
      [['Shift+ArrowRight'], { right: 4 * step }],
      [['ArrowLeft', 'ArrowLeft', 'ArrowLeft'], { right: -3 * step }],
      [['+', '+', '+', '+', '+'], { zoom: 1.1 ** 5 }],
      [['Shift+ArrowDown'], { down: 4 * step }],
      [['ArrowUp', 'ArrowUp'], { down: -2 * step }],
      [['-', '-', '-', '-'], { zoom: 1.1 ** -4 }],
    ] as const) {
      for (const key of keys) await keyboard.press(key);
      const now = await see(await picture.cropped());
      expect(difference(now, shifted(before, shift)), keys.join(' ')).toBeLessThan(alike);
      expect(difference(now, before), keys.join(' ')).toBeGreaterThan(1);
      before = now;
    }
    expect(await picture.zoomed()).toBeCloseTo(1.1, 1);
    await picture.zoom.focus();
    await keyboard.press('End');
    expect(await picture.zoomed()).toBe(4);
  });

  test('the HTML stays sound', async ({ visitor }) => {
    expect(await markupFaults(await visitor.page.content(), 'while cropping')).toEqual([]);
  });

  test('the last file chosen counts, and Cancel forgets it', async ({ visitor, picture, see }) => {
    const before = await see(await picture.cropped());
    await picture.choose({ name: 'upright.png', mimeType: 'image/png', buffer: upright });
    await expect.poll(async () => difference(await see(await picture.cropped()), before)).toBeGreaterThan(0);
    await picture.cancel.click();
    await picture.expectIdle();
    await expect(picture.field).toBeFocused();
    await picture.expectInitials('AL');
    await visitor.details.open();
    await picture.expectInitials('AL');
  });
});

test('Cancel half-way leaves the picture as it was', async ({ visitor, people, picture }) => {
  test.skip(!visitor.js, 'without scripts the browser has a button for that');
  await visitor.enter(await people.join(), people);
  await visitor.details.open();
  expect(await picture.send(photo)).toBe(200);
  await visitor.details.open();
  const old = await picture.urls();
  await picture.choose(photo);
  await picture.expectCropping();
  await picture.zoom.fill('1.5');

  const network = await visitor.page.context().newCDPSession(visitor.page);
  await network.send('Network.enable');
  const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 16 * 1024 };
  await network.send('Network.emulateNetworkConditions', slow);
  await picture.save.click();
  await expect(picture.progress).toBeVisible();
  const sent = () => picture.progress.evaluate((progress) => (progress as HTMLProgressElement).value);
  await expect.poll(sent).toBeGreaterThan(1);
  expect(await sent()).toBeLessThan(100);
  await picture.cancel.click();
  await picture.expectIdle();
  await expect(picture.field).toBeFocused();
  await network.send('Network.emulateNetworkConditions', { ...slow, uploadThroughput: -1 });
  expect(await picture.urls()).toEqual(old);
  await visitor.details.open();
  await picture.expectShown();
  expect(await picture.urls()).toEqual(old);

  await picture.choose(photo);
  await picture.expectCropping();
  await picture.save.click();
  await visitor.details.expectStatus('picture.saved');
  await expect(picture.large).not.toHaveAttribute('src', old.large);
});

for (const way of ['drop', 'paste'] as const) {
  test(`a file can come by ${way}`, async ({ visitor, people, picture, see }) => {
    test.skip(!visitor.js, 'without scripts there is the field alone');
    await visitor.enter(await people.join(), people);
    await visitor.details.open();
    await picture[way](photo);
    await picture.expectCropping();
    await expectUpright(await see(await picture.cropped()), see);
    await picture.save.click();
    await visitor.details.expectStatus('picture.saved');
    await picture.expectShown();
  });
}

test('the keyboard alone is enough', async ({ visitor, people, picture }) => {
  test.skip(!visitor.js, 'without scripts all of it is the browser’s own');
  await visitor.enter(await people.join(), people);
  await visitor.details.open();
  const { keyboard } = visitor.page;
  await tabTo(visitor, picture.field);
  const chooser = visitor.page.waitForEvent('filechooser');
  await keyboard.press('Space');
  await (await chooser).setFiles(photo);
  await picture.expectCropping();
  await keyboard.press('Shift+ArrowLeft');
  await keyboard.press('+');
  await tabTo(visitor, picture.zoom);
  await keyboard.press('ArrowRight');
  await tabTo(visitor, picture.save);
  await keyboard.press('Enter');
  await visitor.details.expectStatus('picture.saved');
  await picture.expectShown();
  await expect(picture.field).toBeFocused();
  await tabTo(visitor, picture.remove);
  await keyboard.press('Enter');
  await visitor.details.expectStatus('picture.removed');
  await picture.expectInitials('AL');
  await expect(picture.field).toBeFocused();
});

async function tabTo(visitor: Visitor, wanted: Locator): Promise<void> {
  const isThere = () => wanted.evaluate((element) => element === document.activeElement);
  for (let stops = 0; stops < 40 && !(await isThere()); stops += 1) await visitor.page.keyboard.press('Tab');
  await expect(wanted).toBeFocused();
}

test('nothing of what a camera writes into a photo is kept', async ({ visitor, people, picture }) => {
  const found = metadata(photo.buffer);
  for (const tag of ['GPS:GPSLatitude', 'IFD0:Orientation', 'XMP-photoshop:City', 'File:Comment']) {
    expect(found).toContain(tag);
  }
  expect(found.some((tag) => tag.startsWith('ICC'))).toBe(true);

  await visitor.enter(await people.join(), people);
  await visitor.details.open();
  // As it is, and as the page sends it.
  for (const send of [() => picture.send(photo), () => saveByHand(visitor, picture)]) {
    await send();
    await visitor.details.open();
    const { large, small } = await picture.urls();
    for (const url of [large, small]) {
      const left = metadata(await picture.fetched(url));
      expect(left).toContain('File:ImageWidth');
      expect(left).not.toContain('File:Comment');
      expect(left.filter((tag) => !/^(SourceFile|(ExifTool|System|File|JFIF|Composite):.*)$/.test(tag))).toEqual([]);
    }
  }
});

async function saveByHand(visitor: Visitor, picture: ProfilePicture): Promise<void> {
  await picture.choose(photo);
  if (visitor.js) await picture.expectCropping();
  await picture.save.click();
  await visitor.details.expectStatus('picture.saved');
}

test('who shares a client sees it, and nobody else', async ({ visitor, another, people, picture, guard }) => {
  guard.expectAnswers(404);
  await visitor.enter(await people.join(), people);
  await visitor.details.open();
  expect(await picture.send(photo)).toBe(200);
  await visitor.details.open();
  const { large, small } = await picture.urls();
  const elsewhere = { client: 'borealis', group: 'User' };
  for (const [who, person, status] of [
    ['a colleague', await people.join(), 200],
    ['a guest of the client', demo.greta, 200],
    ['a user of another client', await people.join(elsewhere), 404],
    ['a stranger', undefined, 404],
  ] as const) {
    await test.step(who, async () => {
      const other = await another();
      if (person) await other.enter(person, people);
      for (const url of [large, small]) expect(await new ProfilePicture(other).status(url)).toBe(status);
    });
  }
  const [, id] = /^\/pictures\/([^/]+)/.exec(large) ?? [];
  for (const url of [`/pictures/${id}/128`, `/pictures/${id}/0`, `/pictures/${'A'.repeat(22)}/96`, '/pictures/x/y']) {
    expect(await picture.status(url), url).toBe(404);
  }
});

test('each upload has a URL of its own, which may be kept for ever', async ({ visitor, people, picture }) => {
  await visitor.enter(await people.join(), people);
  await visitor.details.open();
  const seen = new Set<string>();
  for (let upload = 0; upload < 3; upload += 1) {
    expect(await picture.send(photo)).toBe(200);
    await visitor.details.open();
    for (const old of seen) expect(await picture.status(old)).toBe(404);
    const { large, small } = await picture.urls();
    for (const url of [large, small]) {
      expect(seen.has(url)).toBe(false);
      seen.add(url);
      const headers = (await visitor.page.request.get(url)).headers();
      expect(headers['content-type']).toBe('image/jpeg');
      expect(headers['cache-control']).toBe('private, max-age=31536000, immutable');
      expect(headers['content-security-policy']).toMatch(/^default-src 'none';.*\bsandbox\b/);
      expect(headers['content-disposition']).toBe('inline; filename="picture.jpg"');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['set-cookie']).toBeUndefined();
    }
  }
  expect(seen.size).toBe(6);
});
