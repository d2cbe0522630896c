import { expect, type Locator } from '@playwright/test';
import type { Visitor } from './visitor';

/** The page of the client itself. */
export class ClientSettings {
  constructor(private readonly visitor: Visitor) {}

  private get main(): Locator {
    return this.visitor.page.getByRole('main');
  }

  get name(): Locator {
    return this.main.getByLabel(this.visitor.words.name, { exact: true });
  }

  get colours(): Locator {
    const palette = this.main.getByRole('group', { name: this.visitor.words.colour, exact: true });
    return palette.getByRole('radio');
  }

  colour(key: string): Locator {
    return this.main.getByRole('radio', { name: this.visitor.words.says(`colour.${key}`) });
  }

  get requireFactor(): Locator {
    return this.main.getByLabel(this.visitor.words.requireFactorOfAll, { exact: true });
  }

  get save(): Locator {
    return this.main.getByRole('button', { name: this.visitor.words.save, exact: true });
  }

  async open(): Promise<void> {
    await this.visitor.managing.open('client');
    await expect(this.name).toBeVisible();
  }

  /** For how many the rule would be new. */
  async expectWithout(count: number): Promise<void> {
    const { words } = this.visitor;
    const said = count > 0 ? words.says('plain_client.without', { count }) : words.says('plain_client.nobody_without');
    await expect(this.requireFactor).toHaveAccessibleDescription(said);
  }

  async require(factor: boolean): Promise<void> {
    await this.requireFactor.setChecked(factor);
    await this.save.click();
    await this.visitor.managing.expectDone('plain_client.saved');
    await expect(this.requireFactor).toBeChecked({ checked: factor });
  }
}
