// Two who decide the same task, a sign-in that ends, and doors that stay closed.

import { expect, test } from '../fixtures.ts';
import { fileReport, severe } from '../reporter.ts';
import { accept, approve, caseLink, decision, fillCredentials, openTask, signIn } from '../staff.ts';

// These are the answers under test; the browser calls each of them an error.
test.use({ expectedErrors: /status of (401|403|404|409)/ });

const note = 'A long note that nobody wants to type twice.';

test('who comes second is told who was first, and keeps the note', async ({ somebody, hms }) => {
  const { number } = await fileReport(await somebody(), severe);
  const slow = await somebody();
  await signIn(slow, hms.person('investigator'));
  await openTask(slow, number);
  const task = slow.url();
  await slow.getByLabel('Note').fill(note);

  const quick = await somebody();
  await signIn(quick, hms.person('investigator'));
  await openTask(quick, number);
  await accept(quick);
  await approve(quick, 'Done.');

  await slow.getByRole('button', { name: 'Reject' }).click();
  await expect(slow.getByRole('group', { name: 'There is a problem' })).toContainText(/approved this at \d\d:\d\d\. Your decision was not recorded/);
  await expect(decision(slow)).toContainText('Your note was not sent');
  await expect(decision(slow)).toContainText(note);
  // Nothing of it counts: the record says approved.
  await slow.goto(task);
  await expect(decision(slow)).toContainText(/approved this at/);
  await expect(decision(slow)).not.toContainText(note);
});

test('a rejection wants a reason', async ({ somebody, hms }) => {
  const { number } = await fileReport(await somebody(), severe);
  const page = await somebody();
  await signIn(page, hms.person('investigator'));
  await openTask(page, number);
  await page.getByRole('button', { name: 'Reject' }).click();
  await expect(page).toHaveTitle(/^Error: /);
  await expect(page.getByRole('link', { name: 'Write down why you reject it' })).toBeVisible();
  await page.getByLabel('Note').fill('It is a test.');
  await page.getByRole('button', { name: 'Reject' }).click();
  await expect(decision(page)).toContainText(/rejected this at/);
  await expect(decision(page)).toContainText('It is a test.');
});

test('a sign-in that ends keeps the note', async ({ somebody, hms }) => {
  const { number } = await fileReport(await somebody(), severe);
  const page = await somebody();
  await signIn(page, hms.person('investigator'));
  await openTask(page, number);
  await page.getByLabel('Note').fill(note);
  await page.context().clearCookies();
  await page.getByRole('button', { name: 'Approve' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in again' })).toBeVisible();
  await expect(page.getByText(note)).toBeVisible();

  await fillCredentials(page, hms.person('investigator'));
  await page.getByRole('button', { name: 'Sign in and go on' }).click();
  await expect(page.getByLabel('Note')).toHaveValue(note);
  await page.getByRole('button', { name: 'Approve' }).click();
  await expect(decision(page)).toContainText(/approved this at/);
});

test.describe('closed doors', () => {
  test('the staff’s pages lead to the sign-in and back', async ({ somebody, hms }) => {
    const page = await somebody();
    await page.goto('/inbox?tab=mine');
    await expect(page.getByRole('heading', { level: 1, name: 'Staff sign-in' })).toBeVisible();
    await fillCredentials(page, hms.person('investigator'));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page).toHaveURL('/inbox?tab=mine');
  });

  test('a wrong password is refused without saying which half is wrong', async ({ somebody, hms }) => {
    const told: string[] = [];
    for (const email of [hms.person('investigator').email, 'nobody@example.org']) {
      const page = await somebody();
      await page.goto('/sign-in');
      await fillCredentials(page, { email, password: 'wrong-password-of-mine', role: '' });
      await page.getByRole('button', { name: 'Sign in' }).click();
      await expect(page).toHaveTitle(/^Error: /);
      told.push(await page.getByRole('group', { name: 'There is a problem' }).innerText());
      await expect(page.getByLabel('Password')).toHaveValue('');
    }
    expect(told[0]).toBe(told[1]);
  });

  test('an investigator does not see the administrator’s pages', async ({ somebody, hms }) => {
    const investigator = await somebody();
    await signIn(investigator, hms.person('investigator'));
    for (const path of ['/admin', '/admin/runs', '/admin/workers', '/admin/workflows/FTC-Complaint']) {
      const answer = await investigator.goto(path);
      expect(answer?.status(), path).toBe(403);
      await expect(investigator.getByRole('heading', { level: 1, name: 'Your account cannot open this page' })).toBeVisible();
    }
  });

  test('a task is decided only by the role it is for', async ({ somebody, hms }) => {
    const { number } = await fileReport(await somebody(), severe);
    const investigator = await somebody();
    await signIn(investigator, hms.person('investigator'));
    await openTask(investigator, number);

    const supervisor = await somebody();
    await signIn(supervisor, hms.person('supervisor'));
    await supervisor.goto('/inbox');
    await expect(supervisor.getByRole('heading', { level: 1, name: 'Inbox' })).toBeVisible();
    await expect(caseLink(supervisor, number)).toHaveCount(0);
    const officer = await somebody();
    await signIn(officer, hms.person('officer'));
    const answer = await officer.goto(investigator.url());
    expect(answer?.status(), 'a task of another role is not there').toBe(404);

    // A supervisor may give any task more time and an administrator sees every one; neither decides it.
    const administrator = await somebody();
    await signIn(administrator, hms.person('administrator'));
    for (const page of [supervisor, administrator]) {
      await page.goto(investigator.url());
      await expect(page.getByText('Whoever has the role “investigator” decides this.')).toBeVisible();
      await expect(page.getByRole('button', { name: 'Approve' })).toHaveCount(0);
      // What is not offered is refused too.
      const refused = await page.request.post(page.url(), {
        form: { outcome: 'approve', note },
        headers: { 'sec-fetch-site': 'same-origin' },
        maxRedirects: 0,
      });
      expect(refused.status()).toBe(403);
    }
    await investigator.reload();
    await expect(investigator.getByRole('button', { name: 'Approve' })).toBeVisible();
  });

  test('after signing out the inbox is closed', async ({ somebody, hms }) => {
    const page = await somebody();
    await signIn(page, hms.person('investigator'));
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect(page.getByRole('button', { name: 'Sign out' })).toHaveCount(0);
    await page.goto('/inbox');
    await expect(page.getByRole('heading', { level: 1, name: 'Staff sign-in' })).toBeVisible();
    await page.goBack();
    await page.reload();
    await expect(page.getByRole('button', { name: 'Sign out' })).toHaveCount(0);
  });
});
