// An administrator deploys another version and moves the open cases to it: looks first, is told what is in the
// way, says which step takes the place of the one that is gone, and moves them.

import { accessible } from '../accessible.ts';
import { post } from '../api.ts';
import { type Page, expect, test } from '../fixtures.ts';
import { signIn } from '../staff.ts';
import type { Hms } from '../server.ts';

const before = (id: string) => `
id: ${id}
start: ${id}Asked
steps:
  - { id: look, title: We look at it, actor: "HUMAN:investigator", sla: 4h }
  - { id: tell, title: We tell you, actor: "HUMAN:investigator" }
`;
// The first step has another name and twice the time.
const after = (id: string) => `
id: ${id}
start: ${id}Asked
steps:
  - { id: weigh, title: We weigh it, actor: "HUMAN:investigator", sla: 8h }
  - { id: tell, title: We tell you, actor: "HUMAN:investigator" }
`;

/** Two cases of a version that is in force no more; the id of one. */
async function left(hms: Hms, id: string): Promise<string> {
  await post(hms, 'workflows', 'application/yaml', before(id));
  let run = '';
  for (const number of [1, 2]) {
    const event = JSON.stringify({ name: `${id}Asked`, payload: { number } });
    const begun = (await post(hms, 'events', 'application/json', event)) as { runs: { run_id: string }[] };
    run = begun.runs[0]!.run_id;
  }
  await post(hms, 'workflows', 'application/yaml', after(id));
  return run;
}

function moving(page: Page) {
  return page.getByRole('region', { name: 'Open cases of older versions' });
}

let count = 0;

for (const { name, javaScriptEnabled, viewport } of [
  { name: 'with scripts, on a phone', javaScriptEnabled: true, viewport: { width: 390, height: 844 } },
  { name: 'with scripts, on a desktop', javaScriptEnabled: true, viewport: { width: 1280, height: 900 } },
  { name: 'without scripts, on a phone', javaScriptEnabled: false, viewport: { width: 390, height: 844 } },
  { name: 'without scripts, on a desktop', javaScriptEnabled: false, viewport: { width: 1280, height: 900 } },
]) {
  test.describe(name, () => {
    test.use({ contextOptions: { javaScriptEnabled }, viewport });

    test('cases move to another version, looked at first', async ({ somebody, hms }) => {
      const id = `Loan${++count}`;
      const run = await left(hms, id);
      const page = await somebody();
      const seen = async () => {
        if (javaScriptEnabled) {
          await accessible(page);
        }
      };
      await signIn(page, hms.person('administrator'));
      await page.goto(`/admin/workflows/${id}`);
      await expect(moving(page)).toContainText('look: 2, no longer there');
      await seen();

      // Nothing is moved by looking, and nothing can be moved while something is in the way.
      await moving(page).getByRole('button', { name: 'Show what would happen' }).click();
      await expect(moving(page).getByRole('status')).toContainText('0 cases would move. 2 cases cannot.');
      const rows = moving(page).getByRole('table').getByRole('row');
      await expect(rows).toHaveCount(3);
      await expect(rows.nth(1)).toContainText('look: the new version has no such step. Map it to the one that takes its place.');
      await expect(moving(page).getByRole('button', { name: 'Move these cases' })).toHaveCount(0);
      await seen();

      await moving(page).getByLabel('look').selectOption('weigh');
      await moving(page).getByRole('button', { name: 'Show what would happen' }).click();
      await expect(moving(page).getByRole('status')).toContainText('2 cases would move. 0 cases cannot.');
      await expect(rows.nth(1)).toContainText(/look → weigh/);
      await expect(moving(page).getByLabel('look')).toHaveValue('weigh');
      await seen();

      // Without a reason nothing moves, and what was chosen is kept.
      await moving(page).getByRole('button', { name: 'Move these cases' }).click();
      await expect(page).toHaveTitle(/^Error: /);
      await page.getByRole('group', { name: 'There is a problem' }).getByRole('link', { name: 'Write down why the cases move' }).click();
      await expect(moving(page).getByLabel('Note')).toBeFocused();
      await seen();
      await moving(page).getByLabel('Note').fill('The board gives them more time.');
      await moving(page).getByRole('button', { name: 'Move these cases' }).click();
      await expect(moving(page).getByRole('status')).toContainText('2 cases moved. 0 cases could not.');
      await seen();

      await page.goto(`/admin/workflows/${id}`);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expect(moving(page)).toHaveCount(0);
      await page.goto(`/admin/runs/${run}`);
      await expect(page.getByText('Moved to another version of the workflow: “The board gives them more time.”')).toBeVisible();
      await expect(page.getByRole('table').getByRole('link', { name: 'We weigh it' })).toBeVisible();
    });
  });
}
