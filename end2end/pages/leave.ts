import { expect, type Locator } from '@playwright/test';
import type { Visitor } from './visitor';

/** What one loses who leaves a user group or a client, before one does. */
export class LeavePage {
  constructor(private readonly visitor: Visitor) {}

  get main(): Locator {
    return this.visitor.page.getByRole('main');
  }

  /** What one may not do any more. */
  get losses(): Locator {
    const { words } = this.visitor;
    return this.main.getByRole('region', { name: words.says('plain_leave.loses') }).getByRole('term');
  }

  get leave(): Locator {
    return this.main.getByRole('button', { name: this.visitor.words.leave, exact: true });
  }

  get cancel(): Locator {
    return this.main.getByRole('link', { name: this.visitor.words.cancel, exact: true });
  }

  async expectOpen(what: 'group' | 'client'): Promise<void> {
    await expect(this.visitor.tabs.heading).toHaveText(this.visitor.words.says(`plain_leave.${what}_title`));
    await expect(this.leave).toBeVisible();
  }

  async expectSays(key: string, fill?: Record<string, string>): Promise<void> {
    await expect(this.main).toContainText(this.visitor.words.says(`plain_leave.${key}`, fill));
  }
}
