import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { crc32, deflateSync } from 'node:zlib';

/** A file as somebody would choose it. */
export interface ChosenFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

const fixtures = path.resolve(import.meta.dirname, '../fixtures');
const exiftool = path.resolve(import.meta.dirname, '../node_modules/exiftool-vendored.pl/bin/exiftool');

/** A cat, as a phone stores her: lying on her side, with the place and much else written into the file. */
export const photo = chosen('photo.jpg', 'image/jpeg', readFileSync(path.join(fixtures, 'photo.jpg')));
/** The square in the middle of that photo, as people should see it. */
export const upright = readFileSync(path.join(fixtures, 'upright.png'));

export function chosen(name: string, mimeType: string, content: Buffer | string): ChosenFile {
  return { name, mimeType, buffer: Buffer.from(content) };
}

/** What exiftool finds in a picture, as group and name: "GPS:GPSLatitude". */
export function metadata(picture: Buffer): string[] {
  const args = [exiftool, '-json', '-G1', '-a', '-u', '-U', '-'];
  const [found] = JSON.parse(execFileSync('perl', args, { input: picture, encoding: 'utf8' })) as object[];
  return Object.keys(found);
}

const pngHead = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** A black PNG with so many pixels on a side; of more than fit into 20 kB it holds just the beginning. */
export function blackPng(side: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.writeUInt8(1, 8);
  const rows = deflateSync(Buffer.alloc(Math.min(side * (1 + Math.ceil(side / 8)), 20_000_000)), { level: 9 });
  return Buffer.concat([pngHead, pngChunk('IHDR', header), pngChunk('IDAT', rows), pngChunk('IEND', Buffer.alloc(0))]);
}

function pngChunk(kind: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
const gif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
const html = Buffer.concat([pngHead, Buffer.from('<!doctype html><script>alert(1)</script>')]);
const pdf = '%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n';
const half = photo.buffer.subarray(0, photo.buffer.length / 2);
const large = Buffer.concat([photo.buffer, Buffer.alloc((9 << 20) - photo.buffer.length)]);

/** A file that cannot be a profile picture. */
export interface Unusable {
  what: string;
  file: ChosenFile;
  /** The sentence that says why. */
  key: string;
  /** The status that says so to a program. */
  status: number;
}

export const unusable: Unusable[] = [
  unfit('an SVG', chosen('drawing.svg', 'image/svg+xml', svg), 'not_a_picture', 415),
  unfit('a GIF', chosen('one.gif', 'image/gif', gif), 'not_a_picture', 415),
  unfit('HTML behind the head of a PNG', chosen('page.png', 'image/png', html), 'damaged', 422),
  unfit('a PDF that is called a PNG', chosen('paper.png', 'image/png', pdf), 'not_a_picture', 415),
  unfit('an empty file', chosen('empty.png', 'image/png', ''), 'empty_file', 422),
  unfit('half a photo', chosen('half.jpg', 'image/jpeg', half), 'damaged', 422),
  unfit('a photo of 9 MiB', chosen('large.jpg', 'image/jpeg', large), 'file_too_large', 413),
  unfit('60,000 × 60,000 pixels', chosen('huge.png', 'image/png', blackPng(60_000)), 'too_many_pixels', 422),
];

function unfit(what: string, file: ChosenFile, problem: string, status: number): Unusable {
  return { what, file, key: `problem.${problem}`, status };
}
