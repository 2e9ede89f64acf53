// Everything a person must be able to do, in a browser without scripts.

import { runs } from '../api.ts';
import { expect, test } from '../fixtures.ts';
import { answer, beside, change, fileReport, happeningNow, mild, send, severe, timeline } from '../reporter.ts';
import { accept, approve, openTask, signIn } from '../staff.ts';

test.use({ contextOptions: { javaScriptEnabled: false } });

test('file, look, sign in, approve', async ({ somebody, hms }) => {
  const reporter = await somebody();
  const { number } = await fileReport(reporter, severe);
  await expect(async () => {
    await reporter.reload();
    await expect(happeningNow(reporter).getByRole('heading', { name: 'An investigator reviews your report' })).toBeVisible({ timeout: 500 });
  }).toPass();

  const investigator = await somebody();
  await signIn(investigator, hms.person('investigator'));
  await openTask(investigator, number);
  await accept(investigator);
  await approve(investigator, 'Decided without scripts.');

  await expect(async () => {
    await reporter.reload();
    await expect(reporter.getByRole('heading', { name: 'Your report is finished' })).toBeVisible({ timeout: 500 });
  }).toPass();
  await expect(timeline(reporter)).toContainText('Done: An investigator reviews your report');
});

test('the status page loads again by itself, and can be told not to', async ({ somebody }) => {
  const reporter = await somebody();
  await fileReport(reporter, severe);
  await expect(reporter.getByText('This page loads again every 30 seconds.')).toBeVisible();
  await reporter.getByRole('link', { name: 'Stop that' }).click();
  await expect(reporter.getByText('This page loads again every 30 seconds.')).toHaveCount(0);
});

test('faults keep every answer and lead to their field', async ({ somebody }) => {
  const page = await somebody();
  await page.goto('/report');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page).toHaveTitle(/^Error: /);
  const problem = page.getByRole('group', { name: 'There is a problem' });
  await expect(problem).toBeFocused();
  await problem.getByRole('link', { name: 'Tell us what happened' }).click();
  await expect(page).toHaveURL(/#text$/);

  await page.getByLabel('Tell us what happened').fill(mild.text);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('How much money did you lose?').fill('a lot');
  await page.getByLabel('Who did it?').fill('Somebody');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(problem).toContainText('Enter the amount you lost, like 120.50');
  await expect(page.getByLabel('How much money did you lose?')).toHaveValue('a lot');
  await expect(page.getByLabel('Who did it?')).toHaveValue('Somebody');
});

test('what is typed is text, never markup', async ({ somebody }) => {
  const page = await somebody();
  const attack = '</textarea><script>window.hurt = true</script><b>bold</b>';
  await answer(page, { ...mild, text: attack, suspect: attack });
  await expect(beside(page, 'Tell us what happened')).toContainText(attack);
  await expect(page.locator('b', { hasText: 'bold' })).toHaveCount(0);
  await change(page, 'Tell us what happened').click();
  await expect(page.getByLabel('Tell us what happened')).toHaveValue(attack);
});

test('a page with the receipt that is loaded again is the same report', async ({ somebody, hms }) => {
  const page = await somebody();
  await answer(page, mild);
  const first = await send(page);
  await page.reload();
  await expect(beside(page, 'Report number')).toHaveText(first.number);
  await expect(beside(page, 'Receipt')).toHaveText(first.receipt);
  expect(await runs(hms, first.number)).toHaveLength(1);
});
