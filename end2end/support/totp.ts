import { Secret, TOTP, URI } from 'otpauth';
import { pause } from './mailbox';

const period = 30_000;
/** With less than this left of a period, a code of the one before might come too late. */
const margin = 10_000;
/** A code that is off by more periods than these is simply wrong. */
const known = 12;

/** An app on somebody's phone, which has scanned a code or was told a secret. */
export class AuthenticatorApp {
  /** The period of the code that was given out last, counted since 1970. */
  private last = 0;

  private constructor(private readonly totp: TOTP) {}

  /** As apps read a QR code. */
  static scanned(url: string): AuthenticatorApp {
    const read = URI.parse(url);
    if (!(read instanceof TOTP)) throw new Error(`${url} is not for codes that go by the time.`);
    return new AuthenticatorApp(read);
  }

  /** As somebody types the secret: all else is what every app takes for granted. */
  static typed(secret: string): AuthenticatorApp {
    return new AuthenticatorApp(new TOTP({ secret: Secret.fromBase32(secret.replace(/\s/g, '')) }));
  }

  /** One with a secret that nobody else knows. */
  static ofOneself(): AuthenticatorApp {
    return new AuthenticatorApp(new TOTP({ secret: new Secret({ size: 20 }) }));
  }

  get secret(): string {
    return this.totp.secret.base32;
  }

  get issuer(): string {
    return this.totp.issuer;
  }

  get account(): string {
    return this.totp.label;
  }

  /** Algorithm, digits and seconds. */
  get parameters(): [string, number, number] {
    return [this.totp.algorithm, this.totp.digits, this.totp.period];
  }

  /**
   * A code that was not given out before. The clock of a phone may be one period off, either way: so there are three
   * codes to spend at any time, and only after these has a story to wait for the next (TOTP-2, TOTP-3).
   */
  async code(): Promise<string> {
    for (;;) {
      const now = Date.now();
      const present = Math.floor(now / period);
      const oldest = now % period < period - margin ? present - 1 : present;
      const step = Math.max(this.last + 1, oldest);
      if (step <= present + 1) {
        this.last = step;
        return this.at(step);
      }
      await pause((step - 1) * period - now);
    }
  }

  /** The code of a phone whose clock is wrong by so many periods. */
  codeOff(periods: number): string {
    return this.at(Math.floor(Date.now() / period) + periods);
  }

  /** Six digits that are not the code of any period nearby. */
  wrongCode(): string {
    const near = new Set(Array.from({ length: 2 * known + 1 }, (_, off) => this.codeOff(off - known)));
    const digits = Array.from({ length: near.size + 1 }, (_, other) => String(314_159 + other));
    return digits.find((each) => !near.has(each)) as string;
  }

  private at(step: number): string {
    return this.totp.generate({ timestamp: step * period });
  }
}
