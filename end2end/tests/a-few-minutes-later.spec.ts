import { expectErrorAt } from '../pages/field';
import type { Visitor } from '../pages/visitor';
import { look } from '../support/looks';
import { pause } from '../support/mailbox';
import type { Person } from '../support/people';
import { expect, test } from '../support/test';

// Files run in the order of their names: who waits longest starts first, and nobody waits for them at the end.
test('after three minutes half a sign-in is told of, and after five the password is asked for again', async ({
  visitor,
  another,
  people,
  mailbox,
  guard,
}) => {
  test.skip(!visitor.js, 'these minutes are spent once, for browsers with and without scripts');
  test.setTimeout(480_000);
  guard.expectAnswers('4xx');
  const resting = [];
  for (const js of [true, false]) {
    const [person, browsers] = [await people.join(), [] as Visitor[]];
    for (let count = 0; count < 4; count += 1) {
      browsers.push(await another({ js }));
      await browsers[count].enter(person, people);
    }
    resting.push({ person, browsers });
  }
  const signedIn = Date.now();

  const half = await people.join();
  await visitor.signInPage.open();
  await visitor.signInPage.submit(half.email, half.password);
  await visitor.codePage.expectOpen();
  const subject = visitor.words.says('letter.no_code_subject');
  const notice = await mailbox.next(half.email, { subject, timeout: 200_000 });
  expect(Date.now() - signedIn).toBeGreaterThan(175_000);
  for (const told of [visitor.address, '/not-me']) expect(notice.text).toContain(told);

  await pause(signedIn + 302_000 - Date.now());
  for (const { person, browsers } of resting) {
    const [tab, factor, address, devices] = browsers;
    await unlockOnTheTab(tab, person);
    await unlockForTheFactor(factor, person);
    await unlockForTheAddress(address, person);
    await unlockForTheDevices(devices, person);
    for (const ended of [tab, factor, address]) {
      await ended.goto('/c/acme/account');
      await ended.signInPage.expectOpen();
    }
  }
});

async function unlockOnTheTab(visitor: Visitor, person: Person): Promise<void> {
  const { security, words } = visitor;
  await security.open();
  await security.expectLocked();
  await look(visitor, 'security-locked');
  await security.unlock(security.unlocking, `${person.password}x`);
  await expectErrorAt(security.passwordIn(security.unlocking), words.says('problem.wrong_password'));
  await visitor.settled();
  await security.unlock(security.unlocking, person.password);
  await security.expectUnlocked();
}

async function unlockForTheFactor(visitor: Visitor, person: Person): Promise<void> {
  const { security, secondFactor, page, words } = visitor;
  await security.open();
  await security.changeFactor.click();
  await expect(page.getByRole('main')).toContainText(words.says('plain_unlock.lead'));
  await expect(secondFactor.option('viaApp')).toHaveCount(0);
  await look(visitor, 'factor-password');
  await secondFactor.password.fill(`${person.password}x`);
  await secondFactor.continue.click();
  await expectErrorAt(secondFactor.password, words.says('problem.wrong_password'));
  await secondFactor.password.fill(person.password);
  await secondFactor.continue.click();
  await secondFactor.expectChoice();
}

async function unlockForTheAddress(visitor: Visitor, person: Person): Promise<void> {
  const { changeEmail, details, words } = visitor;
  await details.open();
  await details.changeEmail.click();
  const password = changeEmail.dialog.getByLabel(words.currentPassword, { exact: true });
  const go = changeEmail.dialog.getByRole('button', { name: words.continue, exact: true });
  await expect(password).toBeVisible();
  await visitor.settled();
  await look(visitor, 'email-password', { differsWithoutScripts: true });
  await password.fill(`${person.password}x`);
  await go.click();
  await expectErrorAt(password, words.says('problem.wrong_password'));
  await visitor.settled();
  await password.fill(person.password);
  await go.click();
  await changeEmail.expectFirstStep();
}

/** Where ending is refused, the password is asked for right there. */
async function unlockForTheDevices(visitor: Visitor, person: Person): Promise<void> {
  const { security, words } = visitor;
  await security.open();
  await expect(security.device).toHaveCount(4);
  await security.endOthers.click();
  await expect(security.devices.getByRole('alert')).toHaveText(words.says('error.reauthentication'));
  await expect(security.passwordIn(security.devices)).toBeVisible();
  await expect(security.passwordIn(security.unlocking)).toHaveCount(0);
  await visitor.settled();
  await look(visitor, 'devices-password', { differsWithoutScripts: true });
  await security.unlock(security.devices, person.password);
  await security.expectUnlocked();
  await expect(security.device).toHaveCount(4);
  await security.endOthers.click();
  await expect(security.device).toHaveCount(1);
}
