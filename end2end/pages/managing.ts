import { expect, type Locator } from '@playwright/test';
import { ClientActivity } from './client_activity';
import { ClientSettings } from './client_settings';
import { ManagedGroups } from './managed_groups';
import { ManagedUser } from './managed_user';
import { NewUser } from './new_user';
import { UserList } from './user_list';
import type { Visitor } from './visitor';

export type ManagePage = 'users' | 'guests' | 'userGroups' | 'client' | 'activity';

const parts: Record<ManagePage, string> = {
  users: 'users',
  guests: 'guests',
  userGroups: 'groups',
  client: 'client',
  activity: 'activity',
};

/** The pages of those who look after a client, and what stands around them. */
export class Managing {
  readonly users: UserList;
  readonly newUser: NewUser;
  readonly user: ManagedUser;
  readonly groups: ManagedGroups;
  readonly client: ClientSettings;
  readonly activity: ClientActivity;

  constructor(private readonly visitor: Visitor) {
    this.users = new UserList(visitor);
    this.newUser = new NewUser(visitor);
    this.user = new ManagedUser(visitor);
    this.groups = new ManagedGroups(visitor);
    this.client = new ClientSettings(visitor);
    this.activity = new ClientActivity(visitor);
  }

  get main(): Locator {
    return this.visitor.page.getByRole('main');
  }

  /** The tabs; the menu of the header has a list of the same links. */
  get tabs(): Locator {
    return this.main.getByRole('navigation', { name: named(this.visitor.words.manage) });
  }

  tab(page: ManagePage): Locator {
    return this.tabs.getByRole('link', { name: this.visitor.words[page], exact: true });
  }

  get menu(): Locator {
    return this.visitor.header.banner.getByRole('group', { name: named(this.visitor.words.manage) });
  }

  path(page: ManagePage, rest = ''): string {
    return `/c/${this.visitor.slug}/manage/${parts[page]}${rest}`;
  }

  async open(page: ManagePage, rest = ''): Promise<void> {
    await this.visitor.goto(this.path(page, rest));
  }

  /** From the menu of the header, as people come here. */
  async openFromMenu(page: ManagePage): Promise<void> {
    await this.visitor.header.openMenu();
    await this.menu.getByRole('link', { name: this.visitor.words[page], exact: true }).click();
    await this.expectCurrent(page);
  }

  async expectCurrent(page: ManagePage): Promise<void> {
    await expect(this.tab(page)).toHaveAttribute('aria-current', 'page');
    await expect(this.tabs.locator('[aria-current]')).toHaveCount(1);
    await this.visitor.settled();
  }

  /** The line that says that something has been done. */
  async expectDone(key: string): Promise<void> {
    await expect(this.main.getByRole('status').filter({ hasText: this.visitor.words.says(key) })).toBeVisible();
    await expect(this.main.getByRole('alert')).toHaveCount(0);
  }

  async expectRefused(key: string): Promise<void> {
    await expect(this.main.getByRole('alert').filter({ hasText: this.visitor.words.says(key) })).toBeVisible();
    await expect(this.main.getByRole('status').filter({ hasText: /\S/ })).toHaveCount(0);
  }

  /** Says that something is locked: which permission is missing, and who can give it. */
  async expectLocked(permission: string): Promise<void> {
    const { words } = this.visitor;
    const locked = this.main.getByText(words.says('error.not_permitted', { group: words.groupFullAccess }));
    await expect(locked.filter({ hasText: words.says(`permission.${permission}`) }).first()).toBeVisible();
  }
}

/** A name on the screen with the name of a client in it, whichever it is. */
function named(name: string): RegExp {
  return new RegExp(`^${name.replace('{client}', '.+')}$`);
}
