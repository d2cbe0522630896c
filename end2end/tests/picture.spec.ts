import { onDisk, ProfilePicture } from '../pages/picture';
import type { Visitor } from '../pages/visitor';
import { blackPng, chosen, metadata, photo, upright } from '../support/files';
import { tabTo } from '../support/keyboard';
import { difference, look, shifted, type Sight, turned } from '../support/pixels';
import { markupFaults } from '../support/markup';
import { expect, inEachLanguage, test as base } from '../support/test';

/** More than encoding changes, and far less than another part of the picture differs by. */
const alike = 4;

/** Looks at the bytes of a picture. */
type See = (picture: Buffer) => Promise<Sight>;

const test = base.extend<{ picture: ProfilePicture }, { see: See }>({
  picture: async ({ visitor }, use) => use(new ProfilePicture(visitor)),
  see: [
    async ({ browser }, use) => {
      const page = await browser.newPage({ javaScriptEnabled: true });
      await use((picture) => look(page, picture));
      await page.close();
    },
    { scope: 'worker' },
  ],
});

async function expectUpright(sight: Sight, see: See): Promise<void> {
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
async function expectLike(sight: Sight, picture: ProfilePicture, see: See): Promise<void> {
  const { large, small } = await picture.urls();
  for (const url of [large, small]) {
    expect(difference(await see(await picture.fetched(url)), sight)).toBeLessThan(alike);
  }
}

inEachLanguage((language) => {
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

  test('two fingers zoom and move at once', async ({ picture, see }) => {
    const before = await see(await picture.cropped());
    await picture.pinch(2, 0.1);
    expect(await picture.zoomed()).toBeCloseTo(2, 1);
    const now = await see(await picture.cropped());
    expect(difference(now, shifted(before, { zoom: await picture.zoomed(), right: 0.1 }))).toBeLessThan(alike);
    expect(difference(now, before)).toBeGreaterThan(alike);
  });

  test('the HTML stays sound', async ({ visitor }) => {
    expect(await markupFaults(await visitor.page.content(), 'while cropping')).toEqual([]);
  });

  test('the last file chosen counts, and Cancel forgets it', async ({ visitor, picture, see }) => {
    await picture.choose(chosen('black.png', 'image/png', blackPng(512)));
    await expect.poll(async () => Math.max(...(await see(await picture.cropped())))).toBe(0);
    await picture.cancel.click();
    await picture.expectIdle();
    await expect(picture.field).toBeFocused();
    await picture.expectInitials('AL');
    await visitor.details.open();
    await picture.expectInitials('AL');
  });

  test('going to another tab and back forgets what was chosen', async ({ visitor, picture }) => {
    await visitor.tabs.link('security').click();
    await visitor.tabs.expectCurrent('security');
    await visitor.page.goBack();
    await visitor.tabs.expectCurrent('personalDetails');
    await picture.expectIdle();
    await picture.expectInitials('AL');
  });

  test('what is on its way no longer changes', async ({ visitor, picture, see }) => {
    const release = await picture.hold();
    await picture.save.click();
    await expect(picture.progress).toBeVisible();
    const sent = await see(await picture.cropped());
    await picture.crop.press('ArrowLeft');
    await picture.drag(0.1, 0);
    await picture.wheel(-200);
    await picture.zoom.focus();
    await visitor.page.keyboard.press('End');
    expect(difference(await see(await picture.cropped()), sent)).toBe(0);
    release();
    await visitor.details.expectStatus('picture.saved');
    await expectLike(sent, picture, see);
  });

  test('a server that is busy says so, and Save can be pressed again', async ({ visitor, picture, see, guard }) => {
    guard.expectAnswers(503);
    const { page, words } = visitor;
    await picture.drag(0.1, 0);
    const chosen = await see(await picture.cropped());
    await page.route('**/account/picture', (route) => route.fulfill({ status: 503, json: 'Busy' }), { times: 1 });
    await picture.save.click();
    await expect(picture.panel.getByRole('alert')).toHaveText(words.says('error.busy'));
    await expect(picture.progress).toBeHidden();
    await picture.save.click();
    await visitor.details.expectStatus('picture.saved');
    await expect(picture.panel.getByRole('alert')).toHaveCount(0);
    await expectLike(chosen, picture, see);
  });

  test('whoever was signed out meanwhile is told', async ({ visitor, picture, guard }) => {
    guard.expectAnswers(401);
    await visitor.page.context().clearCookies();
    await picture.save.click();
    await expect(picture.panel.getByRole('alert')).toHaveText(visitor.words.says('error.signed_out'));
    await expect(picture.crop).toBeVisible();
  });
});

test('a file that was chosen before the page woke is not lost', async ({ visitor, people, picture }) => {
  test.skip(!visitor.js, 'without scripts it never wakes');
  await visitor.enter(await people.join(), people);
  let wake = (): void => {};
  const woken = new Promise<void>((resolve) => (wake = resolve));
  await visitor.page.route('**/*.wasm', async (route) => {
    await woken;
    await route.continue();
  });
  const opened = visitor.details.open();
  await picture.choose(photo);
  wake();
  await opened;
  await picture.expectCropping();
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
  await tabTo(picture.field);
  const chooser = visitor.page.waitForEvent('filechooser');
  await keyboard.press('Space');
  await (await chooser).setFiles(await onDisk(photo));
  await picture.expectCropping();
  await keyboard.press('Shift+ArrowLeft');
  await keyboard.press('+');
  await tabTo(picture.zoom);
  await keyboard.press('ArrowRight');
  await tabTo(picture.save);
  await keyboard.press('Enter');
  await visitor.details.expectStatus('picture.saved');
  await picture.expectShown();
  await expect(picture.field).toBeFocused();
  await tabTo(picture.remove);
  await keyboard.press('Enter');
  await visitor.details.expectStatus('picture.removed');
  await picture.expectInitials('AL');
  await expect(picture.field).toBeFocused();
});

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
