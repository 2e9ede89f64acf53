// An administrator erases the personal data of a case: says why, is asked once more, and the case tells it afterwards.
// The investigator who had the address in front of them has it no more.

import { accessible } from '../accessible.ts';
import { runs } from '../api.ts';
import { expect, test } from '../fixtures.ts';
import { fileReport, severe } from '../reporter.ts';
import { accept, openTask, signIn } from '../staff.ts';

test.use({ expectedErrors: /status of 422/ });

const email = 'maria.quispe@example.org';

for (const { name, javaScriptEnabled, viewport } of [
  { name: 'with scripts, on a phone', javaScriptEnabled: true, viewport: { width: 390, height: 844 } },
  { name: 'with scripts, on a desktop', javaScriptEnabled: true, viewport: { width: 1280, height: 900 } },
  { name: 'without scripts, on a phone', javaScriptEnabled: false, viewport: { width: 390, height: 844 } },
]) {
  test.describe(name, () => {
    test.use({ contextOptions: { javaScriptEnabled }, viewport });

    test('personal data is erased for good', async ({ somebody, hms }) => {
      const { number } = await fileReport(await somebody(), { ...severe, email });
      const investigator = await somebody();
      await signIn(investigator, hms.person('investigator'));
      await openTask(investigator, number);
      await expect(investigator.getByText('m…@example.org')).toBeVisible();
      await accept(investigator);
      await expect(investigator.getByText(email)).toBeVisible();

      const [run] = await runs(hms, number);
      const page = await somebody();
      const seen = async () => {
        if (javaScriptEnabled) {
          await accessible(page);
        }
      };
      await signIn(page, hms.person('administrator'));
      await page.goto(`/admin/runs/${run!.id}`);
      const section = page.getByRole('region', { name: 'Personal data' });
      await expect(section).toContainText('1 value is kept apart from this case');
      await seen();
      await section.getByRole('link', { name: 'Erase the personal data' }).click();
      const title = `Erase the personal data of ${number}`;
      await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
      await expect(page.getByText('This case still goes on.')).toBeVisible();
      await seen();

      // In the other language it is the same page.
      await page.getByRole('link', { name: 'Español' }).click();
      await expect(page.getByRole('heading', { name: 'Qué se borra' })).toBeVisible();
      await seen();
      await page.getByRole('link', { name: 'English' }).click();

      await page.getByRole('button', { name: 'Go on' }).click();
      await expect(page).toHaveTitle(/^Error: /);
      await page.getByRole('group', { name: 'There is a problem' }).getByRole('link', { name: 'Write down why you erase it' }).click();
      await expect(page.getByLabel('Why do you erase it?')).toBeFocused();
      await seen();
      await page.getByLabel('Why do you erase it?').fill('The person asked for it.');
      await page.getByRole('button', { name: 'Go on' }).click();
      await expect(page.getByRole('heading', { name: 'Erase it now?' })).toBeVisible();
      await expect(page.getByText('This cannot be undone.')).toBeVisible();
      await seen();

      // No keeps it.
      await page.getByRole('link', { name: 'No, keep it' }).click();
      await expect(section).toContainText('1 value is kept apart from this case');
      await section.getByRole('link', { name: 'Erase the personal data' }).click();
      await page.getByLabel('Why do you erase it?').fill('The person asked for it.');
      await page.getByRole('button', { name: 'Go on' }).click();
      await page.getByRole('button', { name: 'Yes, erase it for good' }).click();
      await expect(section).toContainText(/1 value was erased at .*By Ada/);
      await expect(section).toContainText('Reason: “The person asked for it.”');
      await expect(section.getByRole('link')).toHaveCount(0);
      await seen();

      await investigator.reload();
      await expect(investigator.getByRole('heading', { level: 1, name: number })).toBeVisible();
      await expect(investigator.getByText(email)).toHaveCount(0);

      // The trail has who did it, and who had seen it in clear.
      await page.goto('/admin/audit');
      const rows = page.getByRole('table').getByRole('row').filter({ hasText: number });
      await expect(rows.filter({ hasText: 'Erased the personal data of a case' })).toHaveCount(1);
      await expect(rows.filter({ hasText: 'Read a task, with personal data' })).toHaveCount(1);
    });
  });
}
