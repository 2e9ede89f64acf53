// A form with files: a fault keeps them, whoever works on the case gets them, with scripts and without.

import { readFile } from 'node:fs/promises';

import { AxeBuilder } from '@axe-core/playwright';

import { type Page, expect, test } from '../fixtures.ts';
import { beside, goToStatus } from '../reporter.ts';
import { openTask, signIn } from '../staff.ts';

const plans = { name: 'Plans & drawings <1>.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7\nhouse\n') };
const photo = { name: 'photo.jpg', mimeType: 'image/jpeg', buffer: Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]) };
const webPage = { name: 'evil.html', mimeType: 'text/html', buffer: Buffer.from('<script>window.hurt = true</script>') };

/** Axe is a script, so it looks only where scripts run. */
async function check(page: Page, what: string, scripts: boolean): Promise<void> {
  if (!scripts) {
    return;
  }
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect.soft(violations.map(({ id, help }) => ({ id, help })), `${what}: axe`).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect.soft(overflow, `${what}: pixels that stick out to the right`).toBe(0);
}

/** What a link brings. */
async function saved(page: Page, name: string): Promise<Buffer> {
  const coming = page.waitForEvent('download');
  await page.getByRole('link', { name, exact: true }).click();
  const download = await coming;
  // A browser writes what no file may be called otherwise.
  expect(download.suggestedFilename()).toBe(name.replace(/[<>]/g, '_'));
  return readFile(await download.path());
}

for (const scripts of [true, false]) {
  for (const { name, viewport } of [
    { name: 'phone', viewport: { width: 390, height: 844 } },
    { name: 'desktop', viewport: { width: 1280, height: 900 } },
  ]) {
    test.describe(`${scripts ? 'with' : 'without'} scripts, ${name}`, () => {
      test.use({ viewport, contextOptions: { javaScriptEnabled: scripts } });

      test('plans come with a permit, and a fault keeps them', async ({ somebody, hms }) => {
        const page = await somebody();
        await page.goto('/report/building-permit');
        await page.getByLabel('Where will you build?').fill('12 Oak Street');
        await page.getByRole('radio', { name: 'A house' }).press('Space');
        await page.getByLabel('Describe the work').fill('Two floors');
        await page.getByLabel('Your plans').setInputFiles([plans, photo, webPage]);
        await page.getByRole('button', { name: 'Send' }).click();

        const problem = page.getByRole('group', { name: 'There is a problem' });
        await expect(problem).toContainText('Your plans: Choose a PDF, a photo');
        await expect(problem).toContainText('Your name: Fill in this answer');
        const kept = page.getByRole('checkbox', { name: plans.name });
        await expect(kept).toBeChecked();
        await expect(page.getByRole('checkbox', { name: 'photo.jpg' })).toBeChecked();
        await expect(page.getByRole('checkbox', { name: 'evil' })).toHaveCount(0);
        await expect(page.getByLabel('Describe the work')).toHaveValue('Two floors');
        await check(page, 'a form with kept files', scripts);
        if (process.env['SHOTS']) {
          await page.screenshot({ path: `${process.env['SHOTS']}/form-${name}-${scripts}.png`, fullPage: true });
        }

        await page.getByRole('checkbox', { name: 'photo.jpg' }).press('Space');
        await page.getByLabel('Your name').fill('Kai Brandt');
        await page.getByLabel('Your email').fill('kai@example.org');
        await page.getByRole('button', { name: 'Send' }).click();
        await expect(page.getByRole('heading', { level: 1, name: 'We received your report' })).toBeVisible();
        const number = (await beside(page, 'Report number').innerText()).trim();
        await goToStatus(page, { number, receipt: '' });
        const sent = page.getByRole('region', { name: 'Files you sent' });
        await expect(sent.getByRole('link')).toHaveText([plans.name]);
        await check(page, 'a report with files', scripts);
        if (process.env['SHOTS']) {
          await page.screenshot({ path: `${process.env['SHOTS']}/status-${name}-${scripts}.png`, fullPage: true });
        }
        expect(await saved(page, plans.name)).toEqual(plans.buffer);

        const technician = await somebody();
        await signIn(technician, hms.person('officer'));
        await openTask(technician, number);
        await check(technician, 'a task with files', scripts);
        if (process.env['SHOTS']) {
          await technician.screenshot({ path: `${process.env['SHOTS']}/task-${name}-${scripts}.png`, fullPage: true });
        }
        expect(await saved(technician, plans.name)).toEqual(plans.buffer);
        const address = await technician.getByRole('link', { name: plans.name }).getAttribute('href');

        // Whoever has no business with the case is told that there is nothing.
        const stranger = await somebody();
        const answer = await stranger.request.get(address ?? '');
        expect(answer.status()).toBe(404);
        expect((await answer.body()).toString()).toContain('There is no such file here for you.');
      });
    });
  }
}
