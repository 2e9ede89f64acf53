// People of the staff: invited, let in by a mailed link, changed, kept out; with scripts and without.

import { type Page, expect, test } from '../fixtures.ts';
import { fillCredentials, signIn } from '../staff.ts';
import type { Hms } from '../server.ts';

test.use({ expectedErrors: /status of (401|403|404)/ });

/** The newest link to set a password, from the messages an administrator sees. */
async function mailedLink(page: Page): Promise<string> {
  let link = '';
  await expect(async () => {
    await page.goto('/admin/mails');
    const text = await page.getByRole('main').innerText();
    link = /\/password\/set\/[0-9a-f]{64}/.exec(text)?.[0] ?? '';
    expect(link).not.toBe('');
  }).toPass();
  return link;
}

/** The box itself is drawn by its label. */
async function tick(page: Page, role: string): Promise<void> {
  const box = page.locator(`input[name="role"][value="${role}"]`);
  if (role.includes('@')) {
    await page.getByText('Only for one workflow').click();
  }
  await page.locator(`label[for="${await box.getAttribute('id')}"]`).click();
  await expect(box).toBeChecked();
}

async function invite(page: Page, name: string, email: string, role: string): Promise<void> {
  await page.goto('/admin/people');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Email address').fill(email);
  await tick(page, role);
  await page.getByRole('button', { name: 'Invite' }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
}

async function administrator(somebody: () => Promise<Page>, hms: Hms): Promise<Page> {
  const page = await somebody();
  await signIn(page, hms.person('administrator'));
  return page;
}

// One has the role everywhere, the other for the cases of one workflow.
for (const { name, javaScriptEnabled, who, role } of [
  { name: 'with scripts', javaScriptEnabled: true, who: 'Nora Vale', role: 'investigator@FTC-Complaint' },
  { name: 'without scripts', javaScriptEnabled: false, who: 'Omar Ruiz', role: 'investigator' },
]) {
  test.describe(name, () => {
    test.use({ contextOptions: { javaScriptEnabled } });

    test('a person is invited, sets a password, signs in, and is kept out', async ({ somebody, hms }) => {
      const email = `${who.replace(' ', '.').toLowerCase()}@agency.example`;
      const admin = await administrator(somebody, hms);
      await admin.goto('/admin/people');
      await admin.getByRole('button', { name: 'Invite' }).click();
      await expect(admin).toHaveTitle(/^Error: /);
      await expect(admin.getByRole('link', { name: 'Choose at least one role' })).toBeVisible();

      await invite(admin, who, email, role);
      await expect(admin.getByText('Invited', { exact: true })).toBeVisible();
      expect(admin.url()).not.toContain('agency');
      const link = await mailedLink(admin);

      const person = await somebody();
      await person.goto(link);
      await person.getByLabel('New password').fill('password1234');
      await person.getByRole('button', { name: 'Set password' }).click();
      await expect(person.getByRole('link', { name: /Choose another/ })).toBeVisible();
      await person.getByLabel('New password').fill('four words nobody joins');
      await person.getByRole('button', { name: 'Set password' }).click();
      await expect(person.getByText('Your password is set')).toBeVisible();
      await fillCredentials(person, { email, password: 'four words nobody joins', role: 'investigator' });
      await person.getByRole('button', { name: 'Sign in' }).click();
      await expect(person.getByRole('heading', { level: 1, name: 'Inbox' })).toBeVisible();

      await admin.goto('/admin/people');
      await admin.getByRole('link', { name: who }).click();
      await tick(admin, 'supervisor');
      await admin.getByRole('button', { name: 'Save roles' }).click();
      await expect(admin.getByText(`Changed the roles: From ${role} to ${role}, supervisor`)).toBeVisible();
      await admin.getByRole('button', { name: 'Keep out' }).click();
      await expect(admin.getByText('Kept out', { exact: true })).toBeVisible();
      await person.goto('/inbox');
      await expect(person.getByRole('heading', { level: 1, name: 'Staff sign-in' })).toBeVisible();
      await fillCredentials(person, { email, password: 'four words nobody joins', role: 'investigator' });
      await person.getByRole('button', { name: 'Sign in' }).click();
      await expect(person).toHaveTitle(/^Error: /);
    });
  });
}

test('a lost password is asked for without telling whose account there is', async ({ somebody, hms }) => {
  const page = await somebody();
  await page.goto('/sign-in');
  await page.getByRole('link', { name: 'I do not know my password' }).click();
  await page.getByLabel('Email address').fill('nobody@agency.example');
  await page.getByRole('button', { name: 'Send the link' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Look into your mail' })).toBeVisible();
  await page.goto('/password');
  await page.getByLabel('Email address').fill(hms.person('supervisor').email);
  await page.getByRole('button', { name: 'Send the link' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Look into your mail' })).toBeVisible();
});
