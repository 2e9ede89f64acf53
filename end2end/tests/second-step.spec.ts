// The second step at sign-in: set up, asked for, lost and ended, as the person at the browser does it.

import { createHmac } from 'node:crypto';

import { accessible } from '../accessible.ts';
import { type Page, expect, test } from '../fixtures.ts';
import type { Person } from '../server.ts';
import { fillCredentials, signIn } from '../staff.ts';

/** What an authenticator app shows for a secret (RFC 6238), some half minutes from now. */
function code(secret: string, later = 0): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret.replaceAll(' ', '')].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
  const hash = createHmac('sha1', key).update(step).digest();
  const word = hash.readUInt32BE((hash[19] ?? 0) & 15) & 0x7fffffff;
  return String(word % 1_000_000).padStart(6, '0');
}

/** A code that is none of those taken now. */
function wrongCode(secret: string): string {
  const right = [-2, -1, 0, 1, 2].map((later) => code(secret, later));
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find((other) => !right.includes(other)) ?? '';
}

async function signInWith(page: Page, person: Person, second: string): Promise<void> {
  await page.goto('/sign-in');
  await fillCredentials(page, person);
  await page.getByLabel(/Code/).fill(second);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Sign out', exact: true })).toHaveCount(0);
}

/** What is told of a form that was refused. */
const problem = (page: Page) => page.getByRole('group', { name: 'There is a problem' });

const isIn = (page: Page) => expect(page.getByRole('button', { name: 'Sign out', exact: true })).toBeVisible();

async function journey(page: Page, person: Person, look: (page: Page) => Promise<void>): Promise<void> {
  await signIn(page, person);
  await page.goto('/account');
  await look(page);
  await page.getByRole('button', { name: 'Set up', exact: true }).click();
  const section = page.getByRole('region', { name: 'Second step at sign-in' });
  await expect(section.getByRole('img')).toBeVisible();
  const secret = await section.locator('code').innerText();
  await look(page);

  // A wrong code changes nothing, and the same secret is still there.
  await section.getByRole('textbox').fill(wrongCode(secret));
  await section.getByRole('button').click();
  await expect(problem(page)).toContainText(/code/i);
  await expect(page).toHaveTitle(/^Error: /);
  expect(await section.locator('code').innerText()).toBe(secret);
  await look(page);

  // The code before now's, so that now's is left for the sign-in: none is taken twice. It is not taken any more when the
  // next half minute begins before it arrives, so it is sent when this one is young.
  await expect.poll(() => Date.now() % 30_000, { timeout: 30_000 }).toBeLessThan(20_000);
  await section.getByRole('textbox').fill(code(secret, -1));
  await section.getByRole('button').click();
  const codes = page.getByRole('region', { name: 'Your recovery codes' });
  await expect(codes.getByRole('listitem')).toHaveCount(8);
  const recovery = await codes.getByRole('listitem').allInnerTexts();
  await look(page);
  // They are shown this once.
  await page.goto('/account');
  await expect(page.getByText(recovery[0] ?? '')).toHaveCount(0);
  await signOut(page);

  // The password alone is not enough, nor is one with a wrong code, and both are told the same.
  const told = [];
  for (const second of ['', wrongCode(secret)]) {
    await signInWith(page, person, second);
    await expect(problem(page)).toBeVisible();
    told.push(await problem(page).innerText());
    await expect(page.getByRole('button', { name: 'Sign out', exact: true })).toHaveCount(0);
  }
  expect(told[0]).toBe(told[1]);
  await look(page);
  const now = code(secret);
  await signInWith(page, person, now);
  await isIn(page);
  await signOut(page);
  // Whoever looked over the shoulder comes too late.
  await signInWith(page, person, now);
  await expect(problem(page)).toBeVisible();

  // Without the phone: a recovery code, once.
  await signInWith(page, person, recovery[0] ?? '');
  await isIn(page);
  await page.goto('/account');
  await expect(section).toContainText('7');
  await signOut(page);
  await signInWith(page, person, recovery[0] ?? '');
  await expect(problem(page)).toBeVisible();
  await signInWith(page, person, recovery[1] ?? '');
  await isIn(page);

  // It is ended with a code, and then the password is enough again.
  await page.goto('/account');
  await section.getByRole('textbox').fill(recovery[2] ?? '');
  await section.getByRole('button').click();
  await expect(page.getByRole('button', { name: 'Set up', exact: true })).toBeVisible();
  await signOut(page);
  await signIn(page, person);
}

test('with scripts it is set up, asked for, and ended', async ({ somebody, hms }) => {
  test.setTimeout(90_000);
  await journey(await somebody(), hms.person('investigator'), accessible);
});

test.describe('without scripts', () => {
  test.use({ contextOptions: { javaScriptEnabled: false } });

  test('it is the same', async ({ somebody, hms }) => {
    test.setTimeout(90_000);
    await journey(await somebody(), hms.person('supervisor'), async () => {});
  });
});
