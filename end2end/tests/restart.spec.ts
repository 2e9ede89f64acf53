// The server goes away under open pages and comes back.

import { complete, runs, tasks } from '../api.ts';
import { expect, test } from '../fixtures.ts';
import { answer, fileReport, line, live, send, severe, timeline } from '../reporter.ts';
import { caseLink, signIn } from '../staff.ts';

test.use({ expectedErrors: /WebSocket|ERR_CONNECTION_REFUSED/ });

for (const way of ['stop', 'crash'] as const) {
  test(`the open pages say so, come back and catch up after a ${way}`, async ({ somebody, hms }) => {
    const reporter = await somebody();
    const { number } = await fileReport(reporter, severe);
    await live(reporter);
    await expect(timeline(reporter)).toContainText('Started: An investigator reviews your report');
    const investigator = await somebody();
    await signIn(investigator, hms.person('investigator'));
    await investigator.goto('/inbox');
    await expect(caseLink(investigator, number)).toBeVisible();
    await investigator.waitForLoadState('networkidle');

    await hms[way]();
    await expect(line(reporter)).toContainText(/Reconnecting – as of \d\d:\d\d:\d\d/);
    await expect(investigator.locator('main').getByRole('status')).toContainText(/Reconnecting – as of \d\d:\d\d:\d\d/);
    // What was known stays on the page.
    await expect(timeline(reporter)).toContainText('Started: An investigator reviews your report');

    await hms.startAgain();
    // While the page may still wait to try again, something happens that it must not miss.
    const [run] = await runs(hms, number);
    const review = (await tasks(hms, 'HUMAN:investigator')).find((task) => task.run_id === run?.id);
    expect(review, 'the open task is still there').toBeDefined();
    await complete(hms, review!, { outcome: 'approve', approved: true, note: '' });

    await expect(line(reporter)).toContainText('Live: this page changes by itself.', { timeout: 20_000 });
    await expect(reporter.getByRole('heading', { name: 'Your report is finished' })).toBeVisible();
    // Still signed in, and told that the list is no longer what it was.
    await expect(investigator.getByRole('button', { name: 'This list has changed, show' })).toBeVisible({ timeout: 20_000 });
    await investigator.reload();
    await expect(investigator.getByRole('heading', { level: 1, name: 'Inbox' })).toBeVisible();
    await expect(caseLink(investigator, number)).toHaveCount(0);
  });
}

test('a report that could not be sent is kept, and sent once when the server is back', async ({ somebody, hms }) => {
  const reporter = await somebody();
  await answer(reporter, severe);
  await hms.stop();
  await reporter.getByRole('button', { name: 'Send report' }).click();
  await expect(reporter.getByRole('group', { name: 'There is a problem' })).toContainText('Your report is not sent yet');
  await hms.startAgain();
  const { number } = await send(reporter);
  expect(number).not.toBe('');
});
