import { generateKeyPairSync, type JsonWebKey, randomBytes } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import Provider, { type Adapter, type AdapterPayload, type Configuration, type JWK } from 'oidc-provider';
import { read } from './http';
import { type Account, type Described, page } from './identities';
import { freePort } from './ports';

/** How it signs. Both are made at each rotation, and only one of them is used. */
type Signature = 'EdDSA' | 'RS256';

/**
 * A real OpenID Connect provider, as a company has one. It is at home under another name than Selfsame (localhost, not
 * 127.0.0.1), so that for browsers it is another site, and no cookie of the one reaches the other.
 */
export class IdentityProvider implements Described {
  readonly clientId = 'selfsame';
  readonly clientSecret = randomBytes(24).toString('base64url');
  private readonly accounts = new Map<string, Account>();
  private readonly cookieKeys = [randomBytes(24).toString('base64url')];
  private readonly sockets = new Set<Socket>();
  /** What it remembers: sessions, codes and the like. */
  private readonly memory = new Map<string, AdapterPayload>();
  private redirects: string[] = [];
  private signature: Signature = 'EdDSA';
  private keys = newKeys();
  private engine: Provider;
  private listener: http.Server | undefined;
  private hanging = false;

  private constructor(
    readonly id: string,
    readonly name: string,
    private readonly port: number,
  ) {
    this.engine = this.built();
  }

  static async open(id: string, name: string): Promise<IdentityProvider> {
    const provider = new IdentityProvider(id, name, await freePort());
    await provider.start();
    return provider;
  }

  get issuer(): string {
    return `http://localhost:${this.port}`;
  }

  /** From now on people are sent back to this Selfsame. */
  admit(url: string): void {
    this.redirects = [`${url}/oidc/${this.id}/callback`];
    this.engine = this.built();
  }

  /** Somebody new, whose address it vouches for unless it is said. */
  account(email: string, verified = true): Account {
    const subject = randomBytes(9).toString('base64url');
    const account = {
      subject,
      name: `login-${subject}`,
      secret: randomBytes(9).toString('base64url'),
      email,
      verified,
    };
    this.accounts.set(subject, account);
    return account;
  }

  /** New keys; what was signed with the former ones is worth nothing. */
  rotate(signature: Signature = this.signature): void {
    this.signature = signature;
    this.keys = newKeys();
    this.engine = this.built();
  }

  async start(): Promise<void> {
    const listener = http.createServer((request, response) => {
      if (this.hanging) return;
      this.answer(request, response).catch((error: Error) => response.writeHead(500).end(error.message));
    });
    listener.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject);
      listener.listen(this.port, '127.0.0.1', resolve);
    });
    this.listener = listener;
  }

  /** Refuses every connection from now on. */
  async stop(): Promise<void> {
    const { listener } = this;
    if (!listener) return;
    this.listener = undefined;
    const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
    this.cutOff();
    await closed;
  }

  /** Accepts connections and never says a word. */
  hang(): void {
    this.hanging = true;
    this.cutOff();
  }

  recover(): void {
    this.hanging = false;
    this.cutOff();
  }

  private cutOff(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private built(): Provider {
    const engine = new Provider(this.issuer, this.configuration());
    // Its own page of what went wrong is of no use to a test; the reason is.
    engine.on('server_error', (_context, error) => console.error(error));
    return engine;
  }

  private configuration(): Configuration {
    return {
      adapter: (kind) => new Drawer(kind, this.memory),
      clients: [
        {
          client_id: this.clientId,
          client_secret: this.clientSecret,
          redirect_uris: this.redirects,
          response_types: ['code'],
          grant_types: ['authorization_code'],
          id_token_signed_response_alg: this.signature,
        },
      ],
      jwks: { keys: this.keys },
      cookies: { keys: this.cookieKeys },
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
      // Address and name stand in the ID token, where Selfsame looks for them.
      conformIdTokenClaims: false,
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
      findAccount: (_context, subject) => this.found(subject),
      loadExistingGrant: async (context) => {
        // Nobody is asked whether Selfsame may know who they are: the company has decided that.
        const { oidc } = context;
        const grant = new oidc.provider.Grant({
          accountId: oidc.session?.accountId,
          clientId: oidc.client?.clientId,
        });
        grant.addOIDCScope('openid email profile');
        await grant.save();
        return grant;
      },
      ttl: { AuthorizationCode: 60, AccessToken: 60, IdToken: 300, Grant: 3600, Interaction: 3600, Session: 3600 },
    };
  }

  private found(subject: string) {
    const account = this.accounts.get(subject);
    if (!account) return undefined;
    const { email, verified, name } = account;
    return { accountId: subject, claims: () => ({ sub: subject, name, email, email_verified: verified }) };
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.issuer);
    if (!pathname.startsWith('/interaction/')) return this.engine.callback()(request, response);
    if (request.method !== 'POST') return show(response, pathname);
    const form = new URLSearchParams(await read(request));
    if (form.has('give-up')) {
      return this.engine.interactionFinished(request, response, { error: 'access_denied' });
    }
    const account = [...this.accounts.values()].find((each) => each.name === form.get('name'));
    if (!account || account.secret !== form.get('secret')) return show(response, pathname, page.wrong);
    return this.engine.interactionFinished(request, response, { login: { accountId: account.subject } });
  }
}

/** One kind of what a provider remembers. */
class Drawer implements Adapter {
  constructor(
    private readonly kind: string,
    private readonly memory: Map<string, AdapterPayload>,
  ) {}

  async upsert(id: string, payload: AdapterPayload): Promise<void> {
    this.memory.set(this.key(id), payload);
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return this.memory.get(this.key(id));
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return [...this.memory].find(([key, payload]) => key.startsWith(this.key('')) && payload.uid === uid)?.[1];
  }

  async findByUserCode(): Promise<undefined> {}

  async consume(id: string): Promise<void> {
    const payload = this.memory.get(this.key(id));
    if (payload) payload.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id: string): Promise<void> {
    this.memory.delete(this.key(id));
  }

  async revokeByGrantId(grant: string): Promise<void> {
    for (const [key, { grantId }] of this.memory) if (grantId === grant) this.memory.delete(key);
  }

  private key(id: string): string {
    return `${this.kind} ${id}`;
  }
}

function newKeys(): JWK[] {
  const pairs = { EdDSA: generateKeyPairSync('ed25519'), RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }) };
  return Object.entries(pairs).map(([alg, { privateKey }]) => {
    const key: JsonWebKey = privateKey.export({ format: 'jwk' });
    return { ...key, alg, use: 'sig', kid: randomBytes(6).toString('base64url') } as JWK;
  });
}

function show(response: ServerResponse, action: string, wrong = ''): void {
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' }).end(
    `<!doctype html><html lang="en"><head><title>Company login</title><link rel="icon" href="data:,"></head><body><main>
    <h1>Company login</h1><p role="status">${wrong}</p><form method="post" action="${action}">
    <p><label for="name">${page.name}</label> <input id="name" name="name" autocomplete="off"></p>
    <p><label for="secret">${page.secret}</label> <input id="secret" name="secret" type="password"></p>
    <p><button>${page.enter}</button> <button name="give-up" value="1">${page.giveUp}</button></p>
    </form></main></body></html>`,
  );
}
