// What an administrator does with runs: finds those that wait or are stuck, sends on what stopped, cancels.

import { post, runs, tasks } from '../api.ts';
import { type Page, expect, test } from '../fixtures.ts';
import { fileReport, severe } from '../reporter.ts';
import { signIn } from '../staff.ts';
import type { Hms } from '../server.ts';

const definition = `
id: Archive-Search
start: SearchAsked
steps:
  - id: both
    type: parallel
    branches:
      archive:
        - { id: look, title: We look in the archive, actor: "SVC:archive", retry: 1 }
        - { id: read, title: A clerk reads it, actor: "HUMAN:investigator", sla: 4h }
      register:
        - { id: ask, title: We ask the register, actor: "SVC:register", retry: 1 }
`;

/** Begins a run of which both branches stop; its id. */
async function stopped(hms: Hms): Promise<string> {
  await post(hms, 'workflows', 'application/yaml', definition);
  const begun = (await post(hms, 'events', 'application/json', '{"name":"SearchAsked","payload":{}}')) as { runs: { run_id: string }[] };
  for (const actor of ['SVC:archive', 'SVC:register']) {
    for (const task of await tasks(hms, actor)) {
      await post(hms, `tasks/${task.id}/fail`, 'application/json', `{"error":"${actor} is closed"}`);
    }
  }
  return begun.runs[0]!.run_id;
}

function incident(page: Page, title: string) {
  return page.getByRole('region', { name: `Stopped at: ${title}` });
}

for (const { name, javaScriptEnabled } of [
  { name: 'with scripts', javaScriptEnabled: true },
  { name: 'without scripts', javaScriptEnabled: false },
]) {
  test.describe(name, () => {
    test.use({ contextOptions: { javaScriptEnabled } });

    test('each incident is sent on alone, with a note', async ({ somebody, hms }) => {
      const run = await stopped(hms);
      const page = await somebody();
      await signIn(page, hms.person('administrator'));
      await page.goto('/admin/runs');
      await page.getByRole('navigation', { name: 'Kinds of runs' }).getByRole('link', { name: 'Stuck' }).click();
      await expect(page.getByText('Nothing here moves until you step in')).toBeVisible();
      await expect(page).toHaveURL(/filter=stuck/);
      await page.goto(`/admin/runs/${run}`);
      const archive = incident(page, 'We look in the archive');
      await expect(archive).toContainText('SVC:archive is closed');
      const where = archive.getByLabel('Go on at');
      await expect(where.getByRole('option')).toHaveText([
        'Again: We look in the archive (look): opens a new task for SVC:archive',
        'A clerk reads it (read): opens a new task for HUMAN:investigator, to be done within 4h',
        'The end: finishes this part; the other parts go on',
      ]);
      await where.selectOption({ index: 1 });
      await archive.getByRole('button', { name: 'Send it on' }).click();
      await expect(page).toHaveTitle(/^Error: /);
      await page.getByRole('group', { name: 'There is a problem' }).getByRole('link', { name: 'Write down why you do this' }).click();
      await expect(archive.getByLabel('Note')).toBeFocused();
      await expect(where).toHaveValue('read');
      await archive.getByLabel('Note').fill('The archive is closed on Fridays.');
      await archive.getByRole('button', { name: 'Send it on' }).click();
      await expect(archive).toHaveCount(0);
      await expect(incident(page, 'We ask the register')).toBeVisible();
      await expect(page.getByText('The archive is closed on Fridays.')).toBeVisible();
      // The human task is a link to where it is done.
      await page.getByRole('table').getByRole('link', { name: 'A clerk reads it' }).click();
      await expect(page.getByRole('heading', { level: 1, name: 'A clerk reads it' })).toBeVisible();
    });

    test('cancelling says first what it does', async ({ somebody, hms }) => {
      const { number } = await fileReport(await somebody(), severe);
      const [run] = await runs(hms, number);
      const page = await somebody();
      await signIn(page, hms.person('administrator'));
      await expect(async () => {
        await page.goto('/admin/runs?filter=human');
        await expect(page.getByRole('table').getByRole('link', { name: number, exact: true })).toBeVisible({ timeout: 500 });
      }).toPass();
      await page.goto(`/admin/runs/${run!.id}`);
      const cancel = page.getByRole('region', { name: 'Cancel this run' });
      await expect(cancel).toContainText('This closes the open task “An investigator reviews your report” and ends this run.');
      await cancel.getByRole('button', { name: 'Cancel the run' }).click();
      await expect(page).toHaveTitle(/^Error: /);
      await cancel.getByLabel('Note').fill('Sent twice.');
      await cancel.getByRole('button', { name: 'Cancel the run' }).click();
      await expect(cancel).toHaveCount(0);
      await expect(page.getByText('The run was cancelled: “Sent twice.”')).toBeVisible();
    });
  });
}

test('a run is found by what it waits for', async ({ somebody, hms }) => {
  const run = await stopped(hms);
  const page = await somebody();
  await signIn(page, hms.person('administrator'));
  await page.goto('/admin/runs?filter=stopped&workflow=Archive-Search');
  const link = page.getByRole('table').locator(`a[href="/admin/runs/${run}"]`);
  await expect(link).toBeVisible();
  await page.goto('/admin/runs?filter=human&workflow=Archive-Search');
  await expect(link).toHaveCount(0);
  await page.goto('/admin/runs?filter=timer');
  await expect(page.getByText('Runs that go on by themselves at a set time')).toBeVisible();
});
