import { expect, type Locator } from '@playwright/test';

/** Goes from stop to stop until the keyboard is at this element. */
export async function tabTo(wanted: Locator): Promise<void> {
  const isThere = () => wanted.evaluate((element) => element === document.activeElement);
  for (let stops = 0; stops < 40 && !(await isThere()); stops += 1) await wanted.page().keyboard.press('Tab');
  await expect(wanted).toBeFocused();
}

/** Goes to a field and types there. */
export async function typeAt(field: Locator, text: string): Promise<void> {
  await tabTo(field);
  await field.page().keyboard.type(text);
}
