import { type Socket } from 'node:net';
import { type AddressObject, type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { freePort } from './ports';

/** What a mail is for, told by what it holds: subjects are free to change. */
export type Kind = 'code' | 'activation' | 'invitation' | 'reset' | 'notice';
/** Pages behind links that are for one person alone. */
export type LinkTo = 'activate' | 'invitation' | 'reset' | 'undo-email';

const codeLine = /^\s*([BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4})\s*$/m;

export interface Mail {
  to: string[];
  from: string;
  subject: string;
  text: string;
  html: string;
  kind: Kind;
}

interface Received extends Mail {
  read: boolean;
}

/** A real SMTP server that keeps what it gets. */
export class Mailbox {
  private readonly received: Received[] = [];
  private readonly sockets = new Set<Socket>();
  private listener: SMTPServer | undefined;
  private hanging = false;
  connections = 0;

  private constructor(
    private readonly port: number,
    private readonly tls: boolean,
  ) {}

  static async open(options: { tls?: boolean } = {}): Promise<Mailbox> {
    const mailbox = new Mailbox(await freePort(), options.tls ?? false);
    await mailbox.start();
    return mailbox;
  }

  get url(): string {
    return `${this.tls ? 'smtps' : 'smtp'}://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const listener = new SMTPServer({
      secure: this.tls,
      authOptional: true,
      // The certificate that comes with the package is vouched for by nobody, so plain means plain.
      disabledCommands: this.tls ? ['AUTH'] : ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      onConnect: (_session, done) => {
        if (!this.hanging) done();
      },
      onData: (stream, session, done) => {
        const to = session.envelope.rcptTo.map((recipient) => recipient.address.toLowerCase());
        simpleParser(stream).then(
          (parsed) => {
            this.received.push(received(to, parsed));
            done();
          },
          (error: Error) => done(error),
        );
      },
    });
    listener.on('error', () => {
      // A refused TLS handshake ends here; the test looks at what arrived instead.
    });
    listener.server.on('connection', (socket: Socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      listener.server.once('error', reject);
      listener.listen(this.port, '127.0.0.1', resolve);
    });
    this.listener = listener;
  }

  /** Refuses every connection from now on, as a relay does that is down. */
  async stop(): Promise<void> {
    const { listener } = this;
    if (!listener) return;
    this.listener = undefined;
    const closed = new Promise<void>((resolve) => listener.close(resolve));
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

  /** The oldest mail to this address that no test has read yet; waits for it to come. */
  async next(address: string, options: { kind?: Kind; subject?: RegExp; timeout?: number } = {}): Promise<Mail> {
    const deadline = Date.now() + (options.timeout ?? 15_000);
    const { kind, subject } = options;
    for (;;) {
      const unread = this.unread(address);
      const mail = unread.find((each) => (!kind || each.kind === kind) && (!subject || subject.test(each.subject)));
      if (mail) {
        mail.read = true;
        return mail;
      }
      if (Date.now() > deadline) throw new Error(this.missing(address, subject ? String(subject) : kind));
      await pause(25);
    }
  }

  async code(address: string, options: { timeout?: number } = {}): Promise<string> {
    return codeIn(await this.next(address, { ...options, kind: 'code' }));
  }

  /** True when nothing unread comes to this address for as long as a mail usually takes. */
  async staysEmpty(address: string, milliseconds = 2_000): Promise<boolean> {
    await pause(milliseconds);
    return this.unread(address).length === 0;
  }

  private unread(address: string): Received[] {
    return this.received.filter((mail) => !mail.read && mail.to.includes(address.toLowerCase()));
  }

  private missing(address: string, kind?: string): string {
    const others = this.received.filter((mail) => mail.to.includes(address.toLowerCase()));
    const list = others.map((mail) => `${mail.subject} (${mail.kind}${mail.read ? ', read' : ''})`);
    return `No ${kind ?? 'mail'} came to ${address}. It got: ${list.join('; ') || 'nothing'}.`;
  }
}

export function codeIn(mail: Mail): string {
  const code = codeLine.exec(mail.text)?.[1];
  if (!code) throw new Error(`No code stands on a line of its own in "${mail.subject}":\n${mail.text}`);
  return code;
}

export function linkIn(mail: Mail, page: LinkTo): string {
  const link = linkTo(page, mail.text);
  if (!link) throw new Error(`No link to /${page}/ in "${mail.subject}":\n${mail.text}`);
  return link;
}

function linkTo(page: LinkTo, text: string): string | undefined {
  return new RegExp(`https?://[^\\s"<>]+/${page}/[^\\s"<>]+`).exec(text)?.[0];
}

function received(to: string[], parsed: ParsedMail): Received {
  const text = parsed.text ?? '';
  return {
    to,
    from: (parsed.from as AddressObject | undefined)?.text ?? '',
    subject: parsed.subject ?? '',
    text,
    html: parsed.html || '',
    kind: kindOf(text),
    read: false,
  };
}

function kindOf(text: string): Kind {
  if (codeLine.test(text)) return 'code';
  if (linkTo('activate', text)) return 'activation';
  if (linkTo('invitation', text)) return 'invitation';
  return linkTo('reset', text) ? 'reset' : 'notice';
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
