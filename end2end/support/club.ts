import type { APIRequestContext, APIResponse } from '@playwright/test';
import { fromOwnPage, submitForm } from './forms';
import { formType } from './http';
import { linkIn, type Mailbox } from './mailbox';
import type { Client, People, Person } from './people';
import type { Server } from './server';
import { wordsIn } from './words';

type Cookies = Awaited<ReturnType<APIRequestContext['storageState']>>['cookies'];

interface NewGroup {
  description?: string;
  /** By their codes, such as "groups.view". */
  permissions?: string[];
}

/** A client whose owner looks after it without a window; the journeys of guests.spec and others do it for real. */
export class Club {
  private named = 0;

  private constructor(
    readonly client: Client,
    readonly owner: Person,
    /** Those of the owner. */
    readonly cookies: Cookies,
    private readonly browser: APIRequestContext,
    private readonly site: { server: Server; people: People; mailbox: Mailbox },
  ) {}

  static async found(site: Club['site']): Promise<Club> {
    const { client, owner } = await site.people.found('Cloverfield Club');
    const browser = await site.people.signedIn(owner);
    return new Club(client, owner, (await browser.storageState()).cookies, browser, site);
  }

  async close(): Promise<void> {
    await this.browser.dispose();
  }

  get name(): string {
    return this.client.name;
  }

  get slug(): string {
    return this.client.slug;
  }

  /** A name for a user group that no other test uses. */
  unusedName(name: string): string {
    this.named += 1;
    return `${name} ${this.named}`;
  }

  /** Makes a user group that is open to joining; returns its id. */
  async group(name: string, { description = '', permissions = [] }: NewGroup = {}): Promise<string> {
    const made = await this.send(this.browser, 'create_group', [
      ...Object.entries({ slug: this.slug, group_name: name, description, open: 'true' }),
      ...['none', ...permissions].map((code): [string, string] => ['permissions[]', code]),
    ]);
    return new URL(made.url()).pathname.replace(/^.*\//, '');
  }

  /** Puts somebody who belongs to the client into a user group. */
  async add(id: string, { email }: Person): Promise<void> {
    await this.send(this.browser, 'add_group_member', Object.entries({ slug: this.slug, id, email }));
  }

  /** Invites somebody into the group Guest; returns the link in the mail. */
  async invite(email: string): Promise<string> {
    const page = await this.browser.get(`/c/${this.slug}/manage/guests`);
    expectDone(await submitForm(this.browser, page, { [wordsIn(this.owner.language).email]: email }));
    return linkIn(await this.site.mailbox.next(email, { kind: 'invitation' }), 'invitation');
  }

  /** Makes somebody of another client a guest; returns their cookies. */
  async welcome(person: Person): Promise<Cookies> {
    await this.invite(person.email);
    const browser = await this.site.people.signedIn(person);
    try {
      const page = await browser.get('/invitations', { headers: { Accept: 'text/html' } });
      const fields = [...(await page.text()).matchAll(/name="(slug|client|id)" value="([^"]*)"/g)].slice(0, 3);
      await this.send(
        browser,
        'accept_invitation',
        fields.map(([, name, value]) => [name, value]),
      );
      return (await browser.storageState()).cookies;
    } finally {
      await browser.dispose();
    }
  }

  private async send(browser: APIRequestContext, action: string, fields: [string, string][]): Promise<APIResponse> {
    const answer = await browser.post(`/do/${action}`, {
      data: new URLSearchParams(fields).toString(),
      headers: { ...fromOwnPage(this.site.server.url), ...formType, Accept: 'text/html' },
    });
    expectDone(answer);
    return answer;
  }
}

/** What was done leads to a page that says so. */
function expectDone(answer: APIResponse): void {
  if (new URL(answer.url()).searchParams.has('notice')) return;
  throw new Error(`It was not done, and led to ${answer.url()} (${answer.status()}).`);
}
