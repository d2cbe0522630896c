import { createHash, createHmac, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { read } from './http';
import type { Described } from './identities';
import { freePort } from './ports';

/** Who somebody is, as an ID token has it. */
export interface Person {
  sub: string;
  email?: string;
  email_verified?: boolean;
}

/** What it lies about. Where it lies about nothing, it is an honest provider. */
export interface Lies {
  /** By what the ID token is signed, in place of the key that it publishes. */
  signed?: 'nothing' | 'the public key' | 'the client secret' | 'another key' | 'an unknown key';
  /** Claims of the ID token; `undefined` leaves one out. */
  claims?: Record<string, unknown>;
  /** What goes back by the browser; `undefined` leaves it out. */
  answer?: Record<string, string | undefined>;
  /** What the token endpoint does with the code. */
  token?: 'hangs' | 'fails' | 'forgets the ID token' | 'says no';
}

/** A way to it that has begun. */
interface Trip {
  nonce: string;
  challenge: string;
  redirect: string;
}

/** Seconds since 1970. */
export function seconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** A provider of our own that does whatever an attacker would have it do. It asks nobody anything. */
export class HostileProvider implements Described {
  readonly clientId = 'selfsame-too';
  readonly clientSecret = randomBytes(24).toString('base64url');
  /** As whom it sends people back. */
  person: Person = { sub: 'nobody' };
  lies: Lies = {};
  /** Keeps people on a page of its own, with the way back in the hands of the attacker. */
  holds = false;
  /** Where it has sent, or would have sent, the last browser. */
  wayBack = '';
  /** What it was last asked for. */
  asked = new URLSearchParams();
  /** How many codes it was asked to exchange. */
  exchanges = 0;
  private readonly key = generateKeyPairSync('rsa', { modulusLength: 2048 });
  private readonly other = generateKeyPairSync('rsa', { modulusLength: 2048 });
  private readonly trips = new Map<string, Trip>();
  private listener: http.Server | undefined;

  private constructor(
    readonly id: string,
    readonly name: string,
    private readonly port: number,
  ) {}

  static async open(id: string, name: string): Promise<HostileProvider> {
    const provider = new HostileProvider(id, name, await freePort());
    const listener = http.createServer((request, response) => {
      provider.answer(request, response).catch((error: Error) => response.writeHead(500).end(error.message));
    });
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(provider.port, '127.0.0.1', resolve);
    });
    provider.listener = listener;
    return provider;
  }

  async close(): Promise<void> {
    this.listener?.closeAllConnections();
    await new Promise((resolve) => this.listener?.close(resolve));
  }

  /** Honest again, and for nobody. */
  reset(): void {
    Object.assign(this, { person: { sub: 'nobody' }, lies: {}, holds: false, wayBack: '', exchanges: 0 });
  }

  get issuer(): string {
    return `http://localhost:${this.port}`;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.issuer);
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return json(response, this.discovery());
      case '/jwks':
        return json(response, { keys: [{ ...this.key.publicKey.export({ format: 'jwk' }), use: 'sig', kid: 'one' }] });
      case '/authorize':
        return this.authorize(url.searchParams, response);
      case '/token':
        return this.exchange(request.headers.authorization ?? '', new URLSearchParams(await read(request)), response);
      default:
        response.writeHead(404).end();
    }
  }

  private discovery(): object {
    const { issuer } = this;
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      // Whoever believes this list has lost already.
      id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
      token_endpoint_auth_methods_supported: ['client_secret_basic'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    };
  }

  private authorize(asked: URLSearchParams, response: ServerResponse): void {
    this.asked = asked;
    const text = (name: string) => asked.get(name) ?? '';
    const code = randomBytes(16).toString('base64url');
    const redirect = text('redirect_uri');
    this.trips.set(code, { nonce: text('nonce'), challenge: text('code_challenge'), redirect });
    const answer = Object.entries({ code, state: text('state'), iss: this.issuer, ...this.lies.answer });
    const said = answer.filter((each): each is [string, string] => each[1] !== undefined);
    this.wayBack = `${redirect}?${new URLSearchParams(said)}`;
    if (!this.holds) return void response.writeHead(303, { Location: this.wayBack }).end();
    response
      .writeHead(200, { 'Content-Type': 'text/html' })
      .end('<!doctype html><html lang="en"><title>Held</title><link rel="icon" href="data:,"><h1>Held</h1></html>');
  }

  private exchange(authorization: string, form: URLSearchParams, response: ServerResponse): void {
    this.exchanges += 1;
    const { token } = this.lies;
    if (token === 'hangs') return;
    if (token === 'fails') return void response.writeHead(500).end('no');
    const trip = this.trips.get(form.get('code') ?? '');
    this.trips.delete(form.get('code') ?? '');
    const ours = Buffer.from(`${this.clientId}:${this.clientSecret}`).toString('base64');
    const verifier = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const fits = trip && verifier === trip.challenge && form.get('redirect_uri') === trip.redirect;
    if (!fits || authorization !== `Basic ${ours}` || token === 'says no') {
      return json(response, { error: 'invalid_grant' }, 400);
    }
    const bearer = { access_token: randomBytes(16).toString('base64url'), token_type: 'Bearer', expires_in: 60 };
    json(response, token === 'forgets the ID token' ? bearer : { ...bearer, id_token: this.idToken(trip.nonce) });
  }

  private idToken(nonce: string): string {
    const now = seconds();
    const honest = { iss: this.issuer, aud: this.clientId, iat: now, exp: now + 300, auth_time: now, nonce };
    const body = { ...honest, ...this.person, ...this.lies.claims };
    const { signed } = this.lies;
    const shared = (secret: string | Buffer) => (input: string) => createHmac('sha256', secret).update(input).digest();
    const by = (key: KeyObject) => (input: string) => sign('sha256', Buffer.from(input), key);
    switch (signed) {
      case 'nothing':
        return jwt({ alg: 'none' }, body, () => Buffer.alloc(0));
      case 'the public key':
        return jwt({ alg: 'HS256' }, body, shared(this.key.publicKey.export({ type: 'spki', format: 'pem' })));
      case 'the client secret':
        return jwt({ alg: 'HS256' }, body, shared(this.clientSecret));
      case 'another key':
        return jwt({ alg: 'RS256', kid: 'one' }, body, by(this.other.privateKey));
      case 'an unknown key':
        return jwt({ alg: 'RS256', kid: 'two' }, body, by(this.other.privateKey));
      case undefined:
        return jwt({ alg: 'RS256', kid: 'one' }, body, by(this.key.privateKey));
    }
  }
}

function jwt(head: object, body: object, signature: (input: string) => Buffer): string {
  const input = [head, body].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${input}.${signature(input).toString('base64url')}`;
}

function json(response: ServerResponse, what: object, status = 200): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(what));
}
