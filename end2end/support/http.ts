import http from 'node:http';

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

export interface Question {
  method?: string;
  /** Sent as it stands, in place of the one in the URL, which is tidied up: `..` and the like stay. */
  path?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
}

/** One request as it stands: no redirects followed, nothing unpacked, any method, any Host. */
export function ask(url: URL | string, question: Question = {}): Promise<Answer> {
  const { method = 'GET', path, headers = {}, body } = question;
  return new Promise((resolve, reject) => {
    const settings = { method, headers, agent: false, timeout: 10_000, ...(path !== undefined && { path }) };
    const request = http.request(url, settings, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      const finish = () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      response.on('end', finish);
      response.on('error', finish);
    });
    request.on('timeout', () => request.destroy(new Error(`${method} ${url} took longer than 10 s`)));
    // A server that refuses early may close while the rest is still being sent; the answer is what counts.
    request.on('error', reject);
    request.end(body);
  });
}

/** The whole body of a request that came to one of our own servers. */
export async function read(request: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

export const formType = { 'Content-Type': 'application/x-www-form-urlencoded' };
