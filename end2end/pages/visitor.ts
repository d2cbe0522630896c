import { expect, type Page, type Response } from '@playwright/test';
import type { People, Person } from '../support/people';
import type { Mailbox } from '../support/mailbox';
import type { AuthenticatorApp } from '../support/totp';
import type { Words } from '../support/words';
import { AccountsTab } from './accounts';
import { ActivationPage } from './activation';
import { Activity } from './activity';
import { ChangeEmail } from './change_email';
import { ChangePassword } from './change_password';
import { GroupsTab } from './groups';
import { Guests } from './guests';
import { Header } from './header';
import { InvitationLink, Invitations } from './invitations';
import { KeysPage } from './keys';
import { LeavePage } from './leave';
import { Managing } from './managing';
import { NotMe } from './not_me';
import { Offer } from './offer';
import { PersonalDetails } from './personal_details';
import { ProviderPages } from './provider';
import { RecoveryCodes } from './recovery_codes';
import { SecondFactor } from './second_factor';
import { SecurityTab } from './security';
import { CodePage, SignInPage } from './sign_in';
import { LostApp, RecoverySignIn } from './sign_in_without_app';
import { Tabs } from './tabs';

/** Somebody in front of a browser, and what is on the screen in the language they read. */
export class Visitor {
  readonly signInPage = new SignInPage(this);
  readonly codePage = new CodePage(this);
  readonly recoverySignIn = new RecoverySignIn(this);
  readonly lostApp = new LostApp(this);
  readonly offer = new Offer(this);
  readonly header = new Header(this);
  readonly tabs = new Tabs(this);
  readonly details = new PersonalDetails(this);
  readonly changeEmail = new ChangeEmail(this);
  readonly security = new SecurityTab(this);
  readonly changePassword = new ChangePassword(this);
  readonly secondFactor = new SecondFactor(this);
  readonly recoveryCodes = new RecoveryCodes(this);
  readonly activity = new Activity(this);
  readonly notMe = new NotMe(this);
  readonly managing = new Managing(this);
  readonly activation = new ActivationPage(this);
  readonly reset = new ActivationPage(this);
  readonly undoEmail = new ActivationPage(this, 'putBack');
  readonly groups = new GroupsTab(this);
  readonly accounts = new AccountsTab(this);
  readonly leaving = new LeavePage(this);
  readonly invitations = new Invitations(this);
  readonly invitationLink = new InvitationLink(this);
  readonly guests = new Guests(this);
  readonly provider = new ProviderPages(this);
  readonly keys = new KeysPage(this);

  /** The client whose pages are opened by hand. */
  slug = 'acme';

  constructor(
    readonly page: Page,
    readonly words: Words,
    readonly js: boolean,
    readonly address: string,
  ) {}

  /** The same person in front of the same browser, reading in another language from here on. */
  reading(words: Words): Visitor {
    return this.sharing(new Visitor(this.page, words, this.js, this.address));
  }

  /** The same person in another tab of the same browser: one that they open, or a new one. */
  async anotherTab(opened?: Page): Promise<Visitor> {
    const page = opened ?? (await this.page.context().newPage());
    return this.sharing(new Visitor(Visitor.attend(page, this.js), this.words, this.js, this.address));
  }

  private sharing(other: Visitor): Visitor {
    other.slug = this.slug;
    return other;
  }

  /** From here on `page.goto` comes back when the page has come alive, which is what people wait for too. */
  static attend(page: Page, js: boolean): Page {
    const goto = page.goto.bind(page);
    page.goto = async (url, options) => {
      const response = await goto(url, options);
      if (js) await hydrated(page);
      return response;
    };
    return page;
  }

  async goto(path: string): Promise<Response> {
    const response = await this.page.goto(path);
    if (!response) throw new Error(`${path} gave no answer.`);
    return response;
  }

  async settled(): Promise<void> {
    if (this.js) await hydrated(this.page);
  }

  get path(): string {
    return new URL(this.page.url()).pathname;
  }

  async expectPath(path: string | RegExp): Promise<void> {
    const wanted = typeof path === 'string' ? new RegExp(`^${path.replace(/[.?]/g, '\\$&')}$`) : path;
    await expect(this.page).toHaveURL((url) => wanted.test(url.pathname));
    await this.settled();
  }

  /** The whole way in, by hand. */
  async signIn(person: Person, mailbox: Mailbox): Promise<void> {
    await this.signInPage.open();
    await this.signInPage.submit(person.email, person.password);
    await this.codePage.expectOpen();
    await this.codePage.submit(await mailbox.code(person.email));
    await this.arrive();
  }

  /** The same with an app. */
  async signInByApp(person: Person, app: AuthenticatorApp): Promise<void> {
    await this.signInPage.open();
    await this.signInPage.submit(person.email, person.password);
    await this.codePage.expectOpenForApp();
    await this.codePage.submitApp(await app.code());
    await this.tabs.expectCurrent('personalDetails');
  }

  /** What comes after the last code. Who was never asked about the app is now, and says "not now". */
  async arrive(): Promise<void> {
    await this.expectPath(/^\/c\/[^/]+\/account/);
    if (this.path.endsWith('/offer')) await this.offer.decline();
  }

  /** Comes in with cookies got beforehand, for tests that are not about signing in. */
  async enter(person: Person, people: People): Promise<void> {
    await this.page.context().addCookies(await people.cookiesOf(person, this.address));
  }
}

// Plain answers such as a refused method bring no script and have nothing to come alive.
const alive = 'html[data-hydrated="1"], html:not(:has(script[type="module"], link[rel="modulepreload"]))';

async function hydrated(page: Page): Promise<void> {
  await page.locator(alive).waitFor({ state: 'attached' });
}
