import { expect, type Locator } from '@playwright/test';
import type { Visitor } from './visitor';

/** Where those who may do so invite guests and look after them. */
export class Guests {
  constructor(private readonly visitor: Visitor) {}

  private get main(): Locator {
    return this.visitor.page.getByRole('main');
  }

  get email(): Locator {
    return this.main.getByLabel(this.visitor.words.email, { exact: true });
  }

  group(name: string): Locator {
    return this.main.getByRole('radio', { name, exact: true });
  }

  get inviteButton(): Locator {
    return this.main.getByRole('button', { name: this.visitor.words.invite, exact: true });
  }

  get pending(): Locator {
    return this.region('plain_guests.open');
  }

  get rejected(): Locator {
    return this.region('plain_guests.rejected');
  }

  get guests(): Locator {
    return this.region('plain_guests.guests');
  }

  sendAgain(email: string): Locator {
    return this.row(this.pending, email).getByRole('button', { name: this.visitor.words.sendAgain, exact: true });
  }

  withdraw(email: string): Locator {
    return this.row(this.pending, email).getByRole('button', { name: this.visitor.words.withdraw, exact: true });
  }

  /** Who was invited, who rejected it, or who is a guest. */
  row(part: Locator, email: string): Locator {
    return part.getByRole('listitem').filter({ hasText: email });
  }

  private region(key: string): Locator {
    return this.main.getByRole('region', { name: this.visitor.words.says(key) });
  }

  async open(): Promise<void> {
    await this.visitor.managing.open('guests');
    await expect(this.inviteButton).toBeVisible();
  }

  async invite(email: string, group?: string): Promise<void> {
    await this.email.fill(email);
    if (group) await this.group(group).check();
    await this.inviteButton.click();
  }

  async remove(email: string): Promise<void> {
    const guest = this.row(this.guests, email);
    await guest.locator('summary').click();
    await guest.getByRole('button', { name: this.visitor.words.remove, exact: true }).click();
  }

  async expectNews(key: string): Promise<void> {
    await this.visitor.managing.expectDone(`plain_guests.${key}`);
  }
}
