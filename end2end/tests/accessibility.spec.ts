// Every page at phone and desktop width: no violation that axe knows, and nothing wider than the screen.

import { AxeBuilder } from '@axe-core/playwright';

import { type Page, expect, test } from '../fixtures.ts';
import { fileReport, goToStatus, happeningNow, live, mild, send, severe } from '../reporter.ts';
import { accept, openTask, signIn } from '../staff.ts';

test.use({ sampleHistory: true, expectedErrors: /status of (403|404)/ });

const widths = [
  { name: 'phone', viewport: { width: 390, height: 844 } },
  { name: 'desktop', viewport: { width: 1280, height: 900 } },
];

async function check(page: Page, what: string): Promise<void> {
  await page.waitForLoadState('networkidle');
  const { violations } = await new AxeBuilder({ page }).analyze();
  const told = violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map((node) => node.target.join(' ')) }));
  expect.soft(told, `${what}: axe`).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect.soft(overflow, `${what}: pixels that stick out to the right`).toBe(0);
}

for (const { name, viewport } of widths) {
  test.describe(name, () => {
    test.use({ viewport });

    test('the public pages', async ({ somebody }) => {
      const page = await somebody();
      for (const path of ['/', '/report', '/status', '/status/0000-0000-00', '/sign-in', '/password', '/password/set/x', '/no-such-page']) {
        await page.goto(path);
        await check(page, path);
      }
    });

    test('the form, with and without faults, up to the report', async ({ somebody }) => {
      const page = await somebody();
      await page.goto('/report');
      await page.getByRole('button', { name: 'Continue' }).click();
      await expect(page).toHaveTitle(/^Error: /);
      await check(page, 'first question with a fault');
      await page.getByLabel('Tell us what happened').fill(mild.text);
      await page.getByRole('button', { name: 'Continue' }).click();
      await expect(page.getByRole('heading', { level: 1, name: 'Money and contact' })).toBeVisible();
      await check(page, 'second questions');
      await page.getByRole('button', { name: 'Continue' }).click();
      await expect(page.getByRole('heading', { level: 1, name: 'Where can we write to you?' })).toBeVisible();
      await check(page, 'third question');
      await page.getByRole('button', { name: 'Continue' }).click();
      await expect(page.getByRole('heading', { level: 1, name: 'Check your answers' })).toBeVisible();
      await check(page, 'all answers');
      const receipt = await send(page);
      await check(page, 'number and receipt');
      await page.getByRole('button', { name: 'See my report' }).click();
      await check(page, 'number and receipt, not saved');
      await goToStatus(page, receipt);
      await expect(page.getByRole('heading', { name: 'Your report is finished' })).toBeVisible();
      await check(page, 'a finished report');
    });

    test('the staff’s pages', async ({ somebody, hms }) => {
      const reporter = await somebody();
      const { number } = await fileReport(reporter, severe);
      await live(reporter);
      await expect(happeningNow(reporter).getByRole('heading', { name: 'An investigator reviews your report' })).toBeVisible();
      await check(reporter, 'a report being reviewed');

      const page = await somebody();
      await signIn(page, hms.person('investigator'));
      for (const tab of ['unassigned', 'mine', 'team', 'escalated', 'done']) {
        await page.goto(`/inbox?tab=${tab}`);
        await check(page, `inbox, ${tab}`);
      }
      await openTask(page, number);
      await check(page, 'a task');
      await accept(page);
      await page.getByRole('button', { name: 'Reject' }).click();
      await expect(page).toHaveTitle(/^Error: /);
      await check(page, 'a task with a fault');
      await page.goto('/admin');
      await check(page, 'a closed door');
    });

    test('the administrator’s pages', async ({ somebody, hms }) => {
      const page = await somebody();
      await signIn(page, hms.person('administrator'));
      const paths = ['/admin', '/admin/runs', '/admin/runs?filter=stopped', '/admin/runs?filter=stuck', '/admin/workers', '/admin/mails', '/admin/people', '/admin/audit', '/admin/audit?kind=read&from=x', '/account', '/admin/workflows/FTC-Complaint', '/admin/workflows/FOIA-Request'];
      for (const path of paths) {
        await page.goto(path);
        await check(page, path);
      }
      await page.goto('/admin/runs');
      await page.getByRole('table').getByRole('row').nth(1).getByRole('link').first().click();
      await expect(page.getByRole('heading', { level: 1, name: /^Run / })).toBeVisible();
      await check(page, 'a run');
    });

    test('in Spanish', async ({ somebody }) => {
      const page = await somebody({ locale: 'es-ES' });
      for (const path of ['/?lang=es', '/report', '/status']) {
        await page.goto(path);
        await expect(page.locator('html')).toHaveAttribute('lang', 'es');
        await check(page, `${path} in Spanish`);
      }
    });
  });
}

test('the first key press leads past the menu', async ({ somebody }) => {
  const page = await somebody();
  await page.goto('/');
  await page.keyboard.press('Tab');
  const skip = page.getByRole('link', { name: 'Skip to main content' });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(page.locator('main')).toBeFocused();
});
