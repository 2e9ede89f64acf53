// Who read, changed and signed in to what: the page of the audit trail, with scripts and without.

import { type Page, expect, test } from '../fixtures.ts';
import { fileReport, severe } from '../reporter.ts';
import { fillCredentials, openTask, signIn } from '../staff.ts';

test.use({ expectedErrors: /status of (401|403|404|422)/ });

function rows(page: Page) {
  return page.getByRole('table').getByRole('row');
}

for (const { name, javaScriptEnabled } of [
  { name: 'with scripts', javaScriptEnabled: true },
  { name: 'without scripts', javaScriptEnabled: false },
]) {
  test.describe(name, () => {
    test.use({ contextOptions: { javaScriptEnabled } });

    test('an auditor sees who read a case, and can change nothing', async ({ somebody, hms }) => {
      const { number } = await fileReport(await somebody(), severe);
      const investigator = await somebody();
      await signIn(investigator, hms.person('investigator'));
      await openTask(investigator, number);

      const auditor = await somebody();
      await signIn(auditor, hms.person('auditor'));
      await expect(auditor).toHaveURL(/\/admin\/audit$/);
      await expect(auditor.getByRole('heading', { level: 1, name: 'Audit' })).toBeVisible();
      const read = rows(auditor).filter({ hasText: 'Read a task' }).filter({ hasText: number });
      await expect(read.filter({ hasText: 'Ivy Ortiz' })).toHaveCount(1);
      await expect(rows(auditor).filter({ hasText: 'Signed in' }).filter({ hasText: 'Ivy Ortiz' }).first()).toBeVisible();
      expect(await auditor.getByRole('main').locator('form[method=post]').count()).toBe(0);

      // By kind, and by case: then also what programs did.
      await auditor.getByLabel('What', { exact: true }).selectOption('Signing in and out');
      await auditor.getByRole('button', { name: 'Show' }).click();
      await expect(auditor).toHaveURL(/kind=sign_in/);
      await expect(rows(auditor).filter({ hasText: 'Read a task' })).toHaveCount(0);
      await expect(rows(auditor).filter({ hasText: 'Signed in' }).first()).toBeVisible();
      await auditor.goto('/admin/audit');
      await auditor.getByLabel('Case number').fill(number);
      await auditor.getByRole('button', { name: 'Show' }).click();
      await expect(rows(auditor).filter({ hasText: 'The case began' })).toHaveCount(1);
      await auditor.getByLabel('Case number').fill('0000-0000-00');
      await auditor.getByRole('button', { name: 'Show' }).click();
      await expect(auditor).toHaveTitle(/^Error: /);
      await expect(auditor.getByRole('link', { name: 'There is no case and no person with this number or id' })).toBeVisible();

      // The case as a file, and the list as a table.
      await auditor.goto('/admin/audit');
      await auditor.getByRole('link', { name: number }).first().click();
      await expect(auditor.getByRole('heading', { level: 1, name: `Run ${number}` })).toBeVisible();
      const [file] = await Promise.all([
        auditor.waitForEvent('download'),
        auditor.getByRole('link', { name: 'To verify (JSON)' }).click(),
      ]);
      expect(file.suggestedFilename()).toMatch(/^run-.*\.json$/);
      await auditor.goto('/admin/audit');
      const [table] = await Promise.all([
        auditor.waitForEvent('download'),
        auditor.getByRole('link', { name: 'Download as CSV' }).click(),
      ]);
      expect(table.suggestedFilename()).toBe('audit.csv');
      await auditor.reload();
      await expect(rows(auditor).filter({ hasText: 'Took a case out as a file' }).first()).toBeVisible();
      await expect(rows(auditor).filter({ hasText: 'Downloaded the audit trail' }).first()).toBeVisible();
    });

    test('the page is closed to others', async ({ somebody, hms }) => {
      for (const role of ['investigator', 'supervisor'] as const) {
        const page = await somebody();
        await signIn(page, hms.person(role));
        const answer = await page.goto('/admin/audit');
        expect(answer?.status()).toBe(403);
        await expect(page.getByRole('table')).toHaveCount(0);
      }
    });
  });
}

test('in Spanish', async ({ somebody, hms }) => {
  const page = await somebody({ locale: 'es-ES' });
  // Whoever only audits begins there.
  await page.goto('/sign-in');
  await fillCredentials(page, hms.person('auditor'));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(/\/admin\/audit$/);
  await expect(page.locator('html')).toHaveAttribute('lang', 'es');
  await expect(page.getByRole('heading', { level: 1, name: 'Auditoría' })).toBeVisible();
  await expect(rows(page).filter({ hasText: 'Entró' }).first()).toBeVisible();
});
