// A sign-in that is about to end says so, can be made longer, and loses nothing that was typed (WCAG 2.2, 2.2.1).

import { AxeBuilder } from '@axe-core/playwright';

import { expect, test } from '../fixtures.ts';
import { fileReport, live, severe } from '../reporter.ts';
import { openTask, accept, signIn } from '../staff.ts';

// Two minutes before the end it is said: here some seconds after a page was opened.
test.use({ more: ['--session-idle', '128s'] });

test('with scripts it is announced, and one button makes it longer', async ({ somebody, hms }) => {
  const reporter = await somebody();
  const { number } = await fileReport(reporter, severe);
  await live(reporter);
  const page = await somebody();
  await signIn(page, hms.person('investigator'));
  await openTask(page, number);
  await accept(page);
  await page.getByLabel('Note').fill('A long note that must not be lost');
  const session = page.getByRole('region', { name: 'Your sign-in' });
  await expect(session.getByRole('status')).toContainText('You stay signed in until');
  await expect(session.getByRole('status')).toContainText('Your sign-in ends at', { timeout: 30_000 });
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations).toEqual([]);
  await session.getByRole('button', { name: 'Stay signed in' }).click();
  await expect(session.getByRole('status')).toContainText('You stay signed in until');
  await expect(page.getByLabel('Note')).toHaveValue('A long note that must not be lost');
});

test.describe('without scripts', () => {
  test.use({ contextOptions: { javaScriptEnabled: false } });

  test('the page says when it ends, and the button leaves the page as it is', async ({ somebody, hms }) => {
    const page = await somebody();
    await signIn(page, hms.person('investigator'));
    const session = page.getByRole('region', { name: 'Your sign-in' });
    await expect(session).toContainText('You stay signed in until');
    const opened = page.context().waitForEvent('page');
    await session.getByRole('button', { name: 'Stay signed in' }).click();
    const other = await opened;
    await expect(other.getByRole('heading', { level: 1, name: 'Your account' })).toBeVisible();
    await expect(page.getByRole('heading', { level: 1, name: 'Inbox' })).toBeVisible();

    // Everywhere: the other tab's way out ends this one too.
    await other.getByRole('button', { name: 'Sign out everywhere' }).click();
    await page.goto('/inbox');
    await expect(page.getByRole('heading', { level: 1, name: 'Staff sign-in' })).toBeVisible();
  });
});
