import { connect } from 'node:net';
import { expectErrorAt, expectNoErrorAt } from '../pages/field';
import { ProfilePicture } from '../pages/picture';
import type { Visitor } from '../pages/visitor';
import { photo, unusable } from '../support/files';
import { fromOwnPage } from '../support/forms';
import type { People } from '../support/people';
import { expect, inEachLanguage, test as base } from '../support/test';

const test = base.extend<{ picture: ProfilePicture }>({
  picture: async ({ visitor }, use) => use(new ProfilePicture(visitor)),
});

/** Somebody who has a picture already; where it is. */
async function enterWithPicture(visitor: Visitor, picture: ProfilePicture, people: People): Promise<string> {
  await visitor.enter(await people.join({ language: visitor.words.language }), people);
  await visitor.details.open();
  expect(await picture.send(photo)).toBe(200);
  await visitor.details.open();
  await picture.expectShown();
  return (await picture.urls()).large;
}

async function expectStill(url: string, visitor: Visitor, picture: ProfilePicture): Promise<void> {
  await visitor.details.open();
  expect((await picture.urls()).large).toBe(url);
  expect(await picture.status(url)).toBe(200);
}

inEachLanguage(() => {
  test('a file that cannot be a picture is refused at the field, and the old picture stays', async ({
    visitor,
    people,
    picture,
  }) => {
    const url = await enterWithPicture(visitor, picture, people);
    for (const { what, file, key } of unusable) {
      await test.step(what, async () => {
        await visitor.details.open();
        await expectNoErrorAt(picture.field);
        await picture.choose(file);
        // With scripts it is known at once.
        if (!visitor.js) await picture.save.click();
        await expectErrorAt(picture.field, visitor.words.says(key, { max_mib: 8, max_side: 8192 }));
        if (visitor.js) await expect(picture.field).toBeFocused();
        await picture.expectIdle();
      });
    }
    await expectStill(url, visitor, picture);
  });

  test('Save asks for a picture when none was chosen', async ({ visitor, people, picture }) => {
    const url = await enterWithPicture(visitor, picture, people);
    await picture.save.click();
    await expectErrorAt(picture.field, visitor.words.says('problem.no_picture'));
    if (visitor.js) await expect(picture.field).toBeFocused();
    await picture.choose(photo);
    if (visitor.js) await picture.expectCropping();
    await expectStill(url, visitor, picture);
  });
});

test('a picture after a refused file is saved, and nothing is wrong any more', async ({ visitor, people, picture }) => {
  await enterWithPicture(visitor, picture, people);
  await picture.choose(unusable[0].file);
  if (!visitor.js) await picture.save.click();
  await expectErrorAt(picture.field);
  await picture.choose(photo);
  if (visitor.js) await picture.expectCropping();
  await picture.save.click();
  await visitor.details.expectStatus('picture.saved');
  await expectNoErrorAt(picture.field);
});

/** A connection on which an upload has begun. */
class Upload {
  answer = '';
  private readonly socket;
  private readonly closed: Promise<void>;

  constructor(visitor: Visitor, cookie: string, head: string[]) {
    const { hostname, port, host, origin } = new URL(visitor.page.url());
    this.socket = connect(Number(port), hostname);
    this.socket.on('data', (chunk: Buffer) => (this.answer += chunk.toString('latin1')));
    // Once the server has refused it may close while more is being sent; the answer is what counts.
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
    const headers = Object.entries({ ...fromOwnPage(origin), Host: host, Cookie: cookie, Accept: 'application/json' });
    const lines = headers.map(([name, value]) => `${name}: ${value}`);
    const type = 'Content-Type: multipart/form-data; boundary=edge';
    this.socket.write(`${['POST /account/picture HTTP/1.1', ...lines, type, ...head].join('\r\n')}\r\n\r\n`);
  }

  static async begin(visitor: Visitor, ...head: string[]): Promise<Upload> {
    const cookies = await visitor.page.context().cookies();
    return new Upload(visitor, cookies.map(({ name, value }) => `${name}=${value}`).join('; '), head);
  }

  /** Comes back when the piece has left. */
  async write(piece: Buffer | string): Promise<void> {
    await new Promise<void>((resolve) => this.socket.write(piece, () => resolve()));
  }

  async writeChunk(piece: Buffer | string): Promise<void> {
    await this.write(`${Buffer.byteLength(piece).toString(16)}\r\n`);
    await this.write(piece);
    await this.write('\r\n');
  }

  get isAnswered(): boolean {
    return this.answer.includes('\r\n\r\n') || this.socket.destroyed;
  }

  async breakOff(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }
}

const partHead = [
  '--edge',
  'Content-Disposition: form-data; name="picture"; filename="photo.jpg"',
  'Content-Type: image/jpeg',
  '\r\n',
].join('\r\n');

test.describe('what no page sends', () => {
  test.skip(({ javaScriptEnabled }) => javaScriptEnabled === false, 'it is the same with and without scripts');

  test('the server does not rely on what the page has checked', async ({ visitor, people, picture }) => {
    const url = await enterWithPicture(visitor, picture, people);
    for (const { what, file, status } of unusable) {
      await test.step(what, async () => expect(await picture.send(file)).toBe(status));
    }
    for (const name of ['../../etc/passwd', 'a\r\nSet-Cookie: b=c.jpg', '"><img src=x onerror=alert(1)>.jpg']) {
      await test.step(JSON.stringify(name), async () => {
        expect(await picture.send({ ...unusable[0].file, name })).toBe(415);
      });
    }
    await expectStill(url, visitor, picture);
  });

  test('whoever is signed out sets no picture', async ({ visitor, picture, server }) => {
    await visitor.signInPage.open();
    expect(await picture.send(photo)).toBe(401);
    const answer = await visitor.page.request.post('/account/picture', {
      headers: { ...fromOwnPage(server.url), Accept: 'text/html', Referer: `${server.url}/c/acme/account` },
      multipart: { picture: photo },
      maxRedirects: 0,
    });
    expect(answer.status()).toBe(303);
    expect(answer.headers()['location']).toBe('/sign-in?next=/c/acme/account');
  });

  test('another site sets no picture', async ({ visitor, people, picture }) => {
    const url = await enterWithPicture(visitor, picture, people);
    const answer = await visitor.page.request.post('/account/picture', {
      headers: { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' },
      multipart: { picture: photo },
    });
    expect(answer.status()).toBe(403);
    await expectStill(url, visitor, picture);
  });

  test('a connection lost half-way leaves the old picture', async ({ visitor, people, picture }) => {
    const url = await enterWithPicture(visitor, picture, people);
    const body = Buffer.concat([Buffer.from(partHead), photo.buffer, Buffer.from('\r\n--edge--\r\n')]);
    for (const part of [0.5, 0.999]) {
      const upload = await Upload.begin(visitor, `Content-Length: ${body.length}`);
      await upload.write(body.subarray(0, Math.floor(part * body.length)));
      await upload.breakOff();
      expect(upload.answer).toBe('');
      await expectStill(url, visitor, picture);
    }
    // All of it is one, so what came before was no fault of the form.
    const upload = await Upload.begin(visitor, `Content-Length: ${body.length}`);
    await upload.write(body);
    await expect.poll(() => upload.answer).toMatch(/^HTTP\/1\.1 200 /);
    await upload.breakOff();
    await expect.poll(() => picture.status(url)).toBe(404);
  });

  test('an upload that says it has 9 MiB is refused before it is sent', async ({ visitor, people, picture }) => {
    const url = await enterWithPicture(visitor, picture, people);
    const upload = await Upload.begin(visitor, `Content-Length: ${9 << 20}`);
    await upload.write(partHead);
    await expect.poll(() => upload.answer).toMatch(/^HTTP\/1\.1 413 /);
    await upload.breakOff();
    await expectStill(url, visitor, picture);
  });

  test('an upload without end is refused at 8 MiB', async ({ visitor, people, picture }) => {
    const url = await enterWithPicture(visitor, picture, people);
    const upload = await Upload.begin(visitor, 'Transfer-Encoding: chunked');
    await upload.writeChunk(partHead);
    await upload.writeChunk(photo.buffer);
    const piece = Buffer.alloc(64 * 1024);
    let sent = 0;
    while (!upload.isAnswered && sent < 64 << 20) {
      await upload.writeChunk(piece);
      sent += piece.length;
    }
    await expect.poll(() => upload.answer).toMatch(/^HTTP\/1\.1 413 /);
    // What is on its way in the buffers of both sides comes on top of what was read.
    expect(sent).toBeGreaterThan(7 << 20);
    await upload.breakOff();
    await expectStill(url, visitor, picture);
  });
});
