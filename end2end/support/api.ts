import { type Answer, ask } from './http';

/** What the API answered, read. */
export interface Said extends Answer {
  /** The body, where there is one; its shape is for each test to know. */
  json: Record<string, any>;
}

/** A program that calls the API with a token. It keeps no cookie. */
export class Program {
  constructor(
    private readonly url: string,
    private readonly address: string,
    readonly token?: string,
  ) {}

  /** The same program with another token. */
  with(token: string): Program {
    return new Program(this.url, this.address, token);
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Said> {
    return this.send('GET', path, undefined, headers);
  }

  async post(path: string, body?: object, headers: Record<string, string> = {}): Promise<Said> {
    return this.send('POST', path, body, headers);
  }

  /** Changes whatever is there. */
  async patch(path: string, body: object): Promise<Said> {
    return this.send('PATCH', path, body, { 'If-Match': '*' });
  }

  private async send(
    method: string,
    path: string,
    body: object | undefined,
    headers: Record<string, string>,
  ): Promise<Said> {
    const answer = await ask(`${this.url}/api/v2${path}`, {
      method,
      headers: {
        'X-Forwarded-For': this.address,
        ...(body ? { 'Content-Type': 'application/json' } : {}),
        ...(this.token ? { Authorization: `Bearer ${this.token}` } : {}),
        ...headers,
      },
      body: body && JSON.stringify(body),
    });
    const text = answer.body.toString();
    return { ...answer, json: text ? (JSON.parse(text) as Record<string, any>) : {} };
  }
}
