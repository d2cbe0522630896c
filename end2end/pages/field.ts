import { expect, type Locator } from '@playwright/test';

/** The error of a field: tied to it for those who cannot see it, and saying what it should say. */
export async function expectErrorAt(field: Locator, text: RegExp = /\S/): Promise<void> {
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  await expect(field).toHaveAttribute('aria-describedby', /(^|\s)\S+-error(\s|$)/);
  const ids = ((await field.getAttribute('aria-describedby')) ?? '').split(/\s+/);
  const error = field.page().locator(`[id="${ids.find((id) => id.endsWith('-error'))}"]`);
  await expect(error).toBeVisible();
  await expect(error).toHaveText(text);
}

export async function expectNoErrorAt(field: Locator): Promise<void> {
  await expect(field).not.toHaveAttribute('aria-invalid', 'true');
}

/** Takes away what the browser would refuse by itself, so that the product has to. */
export async function withoutBrowserChecks(field: Locator): Promise<void> {
  await field.evaluate((input) => {
    for (const check of ['maxlength', 'required']) input.removeAttribute(check);
    if (input.getAttribute('type') === 'email') input.setAttribute('type', 'text');
    input.closest('form')?.setAttribute('novalidate', '');
  });
}

/** Ticks a box, or clears it. Where it is one of several, its label lies over all that is said about it. */
export async function tick(box: Locator, ticked = true): Promise<void> {
  await box.setChecked(ticked, { force: true });
}
