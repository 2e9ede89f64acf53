// The story of the README: filed, labelled, reviewed, told – in two browsers at once.

import { expect, test } from '../fixtures.ts';
import { beside, fileReport, happeningNow, line, live, mild, severe, timeline } from '../reporter.ts';
import { accept, approve, caseLink, decision, openTask, signIn } from '../staff.ts';

/** Two browsers see the same change within this; the wall between commit and screen. */
const seenWithinMs = 1_000;

test('a severe complaint is reviewed by an investigator while its reporter watches', async ({ somebody, hms }) => {
  const reporter = await somebody();
  const { number } = await fileReport(reporter, severe);
  await live(reporter);
  await expect(happeningNow(reporter).getByRole('heading', { name: 'An investigator reviews your report' })).toBeVisible();
  await expect(beside(happeningNow(reporter), 'Who has it')).toHaveText('Waiting for an investigator');
  await expect(beside(happeningNow(reporter), 'Promised')).toContainText(/in (4 hours|3 hours 59 minutes)/);

  const investigator = await somebody();
  await signIn(investigator, hms.person('investigator'));
  await openTask(investigator, number);
  await expect(investigator.getByRole('region', { name: /^Label by/ })).toContainText('High');
  await expect(investigator.getByRole('region', { name: 'What was reported' })).toContainText('gift card numbers');

  await accept(investigator);
  await expect(beside(happeningNow(reporter), 'Who has it')).toHaveText('An investigator has taken it', { timeout: seenWithinMs });
  await expect(line(reporter)).toContainText('Update: A person took this step');

  await approve(investigator, 'Clear case of impersonation. Passed on to the bank.');
  await expect(reporter.getByRole('heading', { name: 'Your report is finished' })).toBeVisible({ timeout: 2 * seenWithinMs });
  await expect(timeline(reporter)).toContainText('Done: An investigator reviews your report');
  await expect(happeningNow(reporter)).toContainText('No step is open.');
  // What the staff write among themselves is not for the reporter.
  await expect(reporter.getByText('Passed on to the bank')).toHaveCount(0);

  const administrator = await somebody();
  await signIn(administrator, hms.person('administrator'));
  await administrator.goto('/admin/mails');
  await expect(administrator.getByRole('article').filter({ hasText: number })).toHaveCount(1);
  await expect(administrator.getByRole('article').filter({ hasText: number })).not.toContainText('reporter@example.org');

  await administrator.goto(`/admin/runs?search=${number}`);
  await caseLink(administrator, number).click();
  await expect(administrator.getByRole('row', { name: /human_review/ })).toContainText('DONE');
  await expect(administrator.getByText('COMPLETED').or(administrator.getByText('Completed')).first()).toBeVisible();
});

test('a mild complaint ends without a person', async ({ somebody, hms }) => {
  const reporter = await somebody();
  const { number } = await fileReport(reporter, mild);
  await expect(reporter.getByRole('heading', { name: 'Your report is finished' })).toBeVisible();
  await expect(timeline(reporter)).not.toContainText('An investigator reviews your report');

  const investigator = await somebody();
  await signIn(investigator, hms.person('investigator'));
  await investigator.goto('/inbox');
  await expect(caseLink(investigator, number)).toHaveCount(0);
});

test('two browsers on one status see the same change', async ({ somebody, hms }) => {
  const first = await somebody();
  const receipt = await fileReport(first, severe);
  const second = await somebody({ viewport: { width: 390, height: 844 } });
  await second.goto('/status');
  await second.getByLabel('Report number').fill(receipt.number);
  await second.getByLabel('Receipt', { exact: true }).fill(receipt.receipt);
  await second.getByRole('button', { name: 'Open my report' }).click();
  await Promise.all([live(first), live(second)]);

  const investigator = await somebody();
  await signIn(investigator, hms.person('investigator'));
  await openTask(investigator, receipt.number);
  await accept(investigator);
  await Promise.all(
    [first, second].map((page) => expect(beside(happeningNow(page), 'Who has it')).toHaveText('An investigator has taken it', { timeout: seenWithinMs })),
  );
});

test('a paused page stands still and catches up when asked to', async ({ somebody, hms }) => {
  const reporter = await somebody();
  const { number } = await fileReport(reporter, severe);
  await live(reporter);
  await reporter.getByRole('button', { name: 'Pause live updates' }).click();
  await expect(line(reporter)).toContainText('Live updates are paused.');

  const investigator = await somebody();
  await signIn(investigator, hms.person('investigator'));
  await openTask(investigator, number);
  await accept(investigator);
  await approve(investigator, 'Seen.');
  await expect(reporter.getByRole('heading', { name: 'We are working on your report' })).toBeVisible();

  await reporter.getByRole('button', { name: 'Resume live updates' }).click();
  await expect(reporter.getByRole('heading', { name: 'Your report is finished' })).toBeVisible();
});

test('new work announces itself in the inbox and the rows stand still', async ({ somebody, hms }) => {
  const investigator = await somebody();
  await signIn(investigator, hms.person('investigator'));
  await investigator.goto('/inbox');
  await expect(investigator.getByRole('heading', { level: 1, name: 'Inbox' })).toBeVisible();
  // The socket is open when the page has heard of the counts; what comes now must be announced.
  await investigator.waitForLoadState('networkidle');

  const reporter = await somebody();
  const { number } = await fileReport(reporter, severe);
  const show = investigator.getByRole('button', { name: /^\d+ new, show$/ });
  await expect(show).toBeVisible();
  await expect(caseLink(investigator, number)).toHaveCount(0);
  await show.click();
  await expect(caseLink(investigator, number)).toBeVisible();
  await expect(decision(investigator)).toHaveCount(0);
});
