// A missed deadline: four hours of workflow time pass in ten seconds.

import { tasks } from '../api.ts';
import { expect, test } from '../fixtures.ts';
import { beside, fileReport, happeningNow, live, severe, timeline } from '../reporter.ts';
import { accept, approve, openTask, signIn } from '../staff.ts';

// A conflict is answered with 409, which the browser calls an error.
test.use({ clockRate: 1440, expectedErrors: /status of 409/ });

test('a missed review goes to the supervisor, and everybody can see it', async ({ somebody, hms }) => {
  const administrator = await somebody();
  await signIn(administrator, hms.person('administrator'));
  const breached = async () => {
    await administrator.goto('/admin');
    return Number(await beside(administrator.getByRole('main'), 'Breached').innerText());
  };
  expect(await tasks(hms, 'HUMAN:investigator'), 'no other clock runs').toEqual([]);
  const before = await breached();

  const reporter = await somebody();
  await expect(async () => {
    await reporter.goto('/');
    await expect(reporter.getByText('Demonstration clock: 1440 times faster.')).toBeVisible();
  }).toPass();
  const { number } = await fileReport(reporter, severe);
  await live(reporter);
  await expect(happeningNow(reporter).getByRole('heading', { name: 'An investigator reviews your report' })).toBeVisible();

  await expect(happeningNow(reporter).getByRole('heading', { name: 'A supervisor takes over your report' })).toBeVisible({ timeout: 15_000 });
  await expect(beside(happeningNow(reporter), 'Who has it')).toHaveText('Waiting for a supervisor');
  await expect(timeline(reporter)).toContainText(
    'The promised time was missed: An investigator reviews your report. It went on to: A supervisor takes over your report',
  );
  expect(await breached()).toBe(before + 1);

  const investigator = await somebody();
  await signIn(investigator, hms.person('investigator'));
  await openTask(investigator, number, 'Done');
  await expect(investigator.getByText(/The deadline passed at .* it went on to/)).toBeVisible();
  await expect(investigator.getByRole('button', { name: 'Approve' })).toHaveCount(0);

  const supervisor = await somebody();
  await signIn(supervisor, hms.person('supervisor'));
  await openTask(supervisor, number, 'Escalated');
  await accept(supervisor);
  await approve(supervisor, 'Taken over after the missed deadline.');
  await expect(reporter.getByRole('heading', { name: 'Your report is finished' })).toBeVisible();

  await administrator.goto('/admin/runs?filter=breached');
  await administrator.getByRole('link', { name: number }).click();
  await expect(administrator.getByRole('row', { name: /human_review/ })).toContainText('TIMEOUT');
});

test('a decision that comes too late is told so and keeps the note', async ({ somebody, hms }) => {
  const reporter = await somebody();
  const { number } = await fileReport(reporter, severe);
  const investigator = await somebody();
  await signIn(investigator, hms.person('investigator'));
  await openTask(investigator, number);
  await investigator.getByLabel('Note').fill('I have looked at this for a long time.');
  await expect(async () => {
    const open = await tasks(hms, 'HUMAN:investigator');
    expect(open).toEqual([]);
  }).toPass({ timeout: 15_000 });

  await investigator.getByRole('button', { name: 'Approve' }).click();
  const problem = investigator.getByRole('group', { name: 'There is a problem' });
  await expect(problem).toContainText(/The deadline passed at .*Your decision was not recorded/);
  await expect(investigator.getByText('I have looked at this for a long time.')).toBeVisible();
});
