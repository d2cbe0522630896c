import { ProfilePicture } from '../pages/picture';
import { photo } from '../support/files';
import { demo, expect, test as base } from '../support/test';

const test = base.extend<{ picture: ProfilePicture }>({
  picture: async ({ visitor }, use) => use(new ProfilePicture(visitor)),
});

test.skip(({ javaScriptEnabled }) => javaScriptEnabled === false, 'it is the same with and without scripts');

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
