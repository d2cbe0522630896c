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

/** A PNG that says it has so many pixels on a side, and holds as many as fit into 20 kB. */
export function hugePng(side: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.writeUInt8(1, 8);
  const rows = deflateSync(Buffer.alloc(20_000_000), { level: 9 });
  return Buffer.concat([pngHead, pngChunk('IHDR', header), pngChunk('IDAT', rows), pngChunk('IEND', Buffer.alloc(0))]);
}

function pngChunk(kind: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** What cannot be a profile picture, why, and the status that says so to a program. */
export const unusable: { what: string; file: ChosenFile; key: string; status: number }[] = [
  {
    what: 'an SVG',
    file: chosen('drawing.svg', 'image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    key: 'problem.not_a_picture',
    status: 415,
  },
  {
    what: 'a GIF',
    file: chosen('one.gif', 'image/gif', Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')),
    key: 'problem.not_a_picture',
    status: 415,
  },
  {
    what: 'HTML behind the head of a PNG',
    file: chosen('page.png', 'image/png', Buffer.concat([pngHead, Buffer.from('<!doctype html><script>alert(1)</script>')])),
    key: 'problem.damaged',
    status: 422,
  },
  {
    what: 'a PDF that is called a PNG',
    file: chosen('paper.png', 'image/png', '%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n'),
    key: 'problem.not_a_picture',
    status: 415,
  },
  { what: 'an empty file', file: chosen('empty.png', 'image/png', ''), key: 'problem.empty_file', status: 422 },
  {
    what: 'half a photo',
    file: chosen('half.jpg', 'image/jpeg', photo.buffer.subarray(0, photo.buffer.length / 2)),
    key: 'problem.damaged',
    status: 422,
  },
  {
    what: 'a photo of 9 MiB',
    file: chosen('large.jpg', 'image/jpeg', Buffer.concat([photo.buffer, Buffer.alloc((9 << 20) - photo.buffer.length)])),
    key: 'problem.file_too_large',
    status: 413,
  },
  {
    what: '60,000 × 60,000 pixels in 20 kB',
    file: chosen('huge.png', 'image/png', hugePng(60_000)),
    key: 'problem.too_many_pixels',
    status: 422,
  },
];
