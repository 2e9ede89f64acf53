// The office asks the reporter for something, the reporter answers, and the clock runs again.

import { accessible } from '../accessible.ts';
import { expect, test } from '../fixtures.ts';
import { fileReport, happeningNow, severe, timeline } from '../reporter.ts';
import { openTask, signIn } from '../staff.ts';

for (const { name, javaScriptEnabled } of [
  { name: 'with scripts', javaScriptEnabled: true },
  { name: 'without scripts', javaScriptEnabled: false },
]) {
  test.describe(name, () => {
    test.use({ contextOptions: { javaScriptEnabled }, viewport: { width: 390, height: 844 } });

    test('asked, answered, and the clock runs again', async ({ somebody, hms }) => {
      const reporter = await somebody();
      const { number } = await fileReport(reporter, severe);
      const investigator = await somebody();
      await signIn(investigator, hms.person('investigator'));
      await expect(async () => {
        await openTask(investigator, number);
      }).toPass();
      const clock = investigator.getByRole('region', { name: 'Clock' });
      await clock.getByLabel('Why the clock is to stop').fill('which bank was it?');
      await clock.getByLabel('We wait for the person who sent the report').press('Space');
      await clock.getByRole('button', { name: 'Pause the clock' }).click();
      await expect(clock).toContainText('Paused, waiting for the person who sent the report: “which bank was it?”');

      await expect(async () => {
        await reporter.goto(`/status/${number}`);
        await expect(happeningNow(reporter)).toContainText('which bank was it?', { timeout: 500 });
      }).toPass();
      await reporter.getByRole('link', { name: 'Add information' }).click();
      await expect(reporter.getByRole('heading', { level: 1, name: `Add to report ${number}` })).toBeVisible();
      await expect(reporter.getByText('We asked you: which bank was it?')).toBeVisible();
      if (javaScriptEnabled) {
        await accessible(reporter);
      }
      await reporter.getByRole('button', { name: 'Send' }).click();
      await expect(reporter).toHaveTitle(/^Error: /);
      await expect(reporter.getByRole('group', { name: 'There is a problem' })).toContainText('Write what you want to add');
      const text = 'First Example Bank, the branch on Main Street. </textarea><b>bold</b>';
      await reporter.getByLabel('What do you want to add?').fill(text);
      await reporter.getByRole('button', { name: 'Send' }).click();
      await expect(reporter.getByText('We received what you added.')).toBeVisible();
      await expect(timeline(reporter)).toContainText('You added information');
      await expect(timeline(reporter)).toContainText(text);
      await expect(timeline(reporter)).toContainText('The clock runs again');

      await investigator.reload();
      const added = investigator.getByRole('region', { name: 'Added later by the person who sent it' });
      await expect(added).toContainText(text);
      await expect(clock.getByRole('button', { name: 'Pause the clock' })).toBeVisible();
      if (javaScriptEnabled) {
        await accessible(investigator);
      }
    });
  });
}
