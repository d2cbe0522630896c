import { expect, type Locator } from '@playwright/test';
import type { Visitor } from './visitor';

/** The tab Security: the second factor, where one is signed in, and the ways to the rest. */
export class SecurityTab {
  constructor(private readonly visitor: Visitor) {}

  private get main(): Locator {
    return this.visitor.page.getByRole('main');
  }

  private region(name: string): Locator {
    return this.main.getByRole('region', { name, exact: true });
  }

  get changePassword(): Locator {
    return this.main.getByRole('link', { name: this.visitor.words.changePassword, exact: true });
  }

  get factor(): Locator {
    return this.region(this.visitor.words.twoFactor);
  }

  get changeFactor(): Locator {
    return this.factor.getByRole('link', { name: this.visitor.words.change, exact: true });
  }

  get newCodes(): Locator {
    return this.factor.getByRole('link', { name: this.visitor.words.newCodes, exact: true });
  }

  get unlocking(): Locator {
    return this.region(this.visitor.words.unlockChanges);
  }

  get devices(): Locator {
    return this.region(this.visitor.words.devices);
  }

  get device(): Locator {
    return this.devices.getByRole('listitem');
  }

  /** The one from where somebody is signed in, as their proxy says. */
  deviceAt(address: string): Locator {
    return this.device.filter({ hasText: new RegExp(`: ${address.replaceAll('.', '\\.')}(?!\\d)`) });
  }

  end(address: string): Locator {
    return this.deviceAt(address).getByRole('button', { name: this.visitor.words.end, exact: true });
  }

  get endOthers(): Locator {
    return this.devices.getByRole('button', { name: this.visitor.words.endOthers, exact: true });
  }

  /** Where it is asked for: in the panel of its own, or where something was refused for the lack of it. */
  passwordIn(panel: Locator): Locator {
    return panel.getByLabel(this.visitor.words.currentPassword, { exact: true });
  }

  get showActivity(): Locator {
    return this.main.getByRole('link', { name: this.visitor.words.showActivity, exact: true });
  }

  async open(): Promise<void> {
    await this.visitor.tabs.open('security');
    await this.visitor.tabs.expectCurrent('security');
  }

  /** What has become of something that was done elsewhere. */
  async expectNews(key: string): Promise<void> {
    await this.visitor.tabs.expectCurrent('security');
    await expect(this.main).toContainText(this.visitor.words.says(key));
  }

  async expectFactor(name: 'viaEmail' | 'viaApp' | 'off'): Promise<void> {
    const { words } = this.visitor;
    await expect(this.factor).toContainText(words[name]);
    for (const other of ['viaEmail', 'viaApp'] as const) {
      if (other !== name) await expect(this.factor).not.toContainText(words[other]);
    }
    await expect(this.newCodes).toHaveCount(name === 'viaApp' ? 1 : 0);
  }

  async expectRecoveryLeft(left: number): Promise<void> {
    await expect(this.factor).toContainText(this.visitor.words.says('security.recovery_left', { left }));
  }

  async unlock(panel: Locator, password: string): Promise<void> {
    await this.passwordIn(panel).fill(password);
    await panel.getByRole('button', { name: this.visitor.words.unlock, exact: true }).click();
  }

  async expectUnlocked(): Promise<void> {
    await expect(this.unlocking).toContainText(this.visitor.words.says('security.unlocked_until'));
    await expect(this.passwordIn(this.main)).toHaveCount(0);
    await this.visitor.settled();
  }

  async expectLocked(): Promise<void> {
    await expect(this.passwordIn(this.unlocking)).toBeVisible();
    await expect(this.unlocking).not.toContainText(this.visitor.words.says('security.unlocked_until'));
    await this.visitor.settled();
  }
}
