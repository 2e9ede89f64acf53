// What a reporter does in a browser.

import { type Locator, type Page, expect } from '@playwright/test';

export interface Complaint {
  text: string;
  lost?: string;
  contact?: string;
  suspect?: string;
  email?: string;
}

/** Number and receipt of a report. */
export interface Receipt {
  number: string;
  receipt: string;
}

/** The labeller's rubric calls this High. */
export const severe: Complaint = {
  text:
    'A man called and said he was from the fraud department of my bank. He told me that my account was hacked and ' +
    'that I must wire my savings to a safe account at once or I would be arrested. I sent him gift card numbers and ' +
    'gave him my password and my Social Security number. I lost all my savings.',
  lost: '48,500.00',
  contact: 'Phone call',
  suspect: 'A man who called himself Agent Miller',
  email: 'reporter@example.org',
};

/** The labeller's rubric calls this Low. */
export const mild: Complaint = {
  text: 'I get a spam call about a car warranty every week. I hang up each time.',
  lost: '0',
  contact: 'Phone call',
};

/** The answer that stands beside a term, like a report's number beside "Report number". */
export function beside(scope: Page | Locator, term: string): Locator {
  return scope.locator('dt').getByText(term, { exact: true }).locator('xpath=following-sibling::dd[1]');
}

/** From the first question to the answers shown once more. */
export async function answer(page: Page, complaint: Complaint): Promise<void> {
  await page.goto('/report');
  await expect(page.getByRole('heading', { level: 1, name: 'What happened?' })).toBeVisible();
  await page.getByLabel('Tell us what happened').fill(complaint.text);
  await page.getByRole('button', { name: 'Continue' }).click();

  await expect(page.getByRole('heading', { level: 1, name: 'Money and contact' })).toBeVisible();
  await page.getByLabel('How much money did you lose?').fill(complaint.lost ?? '');
  if (complaint.contact) {
    // By keyboard: the design system draws the round mark itself and keeps the real one out of sight.
    await page.getByRole('radio', { name: complaint.contact }).press('Space');
  }
  await page.getByLabel('Who did it?').fill(complaint.suspect ?? '');
  await page.getByRole('button', { name: 'Continue' }).click();

  await expect(page.getByRole('heading', { level: 1, name: 'Where can we write to you?' })).toBeVisible();
  await page.getByLabel('Your email address').fill(complaint.email ?? '');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Check your answers' })).toBeVisible();
}

/** The button that leads from the answers shown once more back to a question. */
export function change(page: Page, question: string): Locator {
  return page.locator('dl > div').filter({ hasText: question }).getByRole('button', { name: /^Change/ });
}

/** From the answers shown once more to number and receipt. */
export async function send(page: Page): Promise<Receipt> {
  await page.getByRole('button', { name: 'Send report' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'We received your report' })).toBeVisible();
  return {
    number: (await beside(page, 'Report number').innerText()).trim(),
    receipt: (await beside(page, 'Receipt').innerText()).trim(),
  };
}

/** From number and receipt to the report's own page. */
export async function goToStatus(page: Page, { number }: Receipt): Promise<void> {
  await page.getByRole('checkbox', { name: 'I saved my report number and my receipt' }).press('Space');
  await page.getByRole('button', { name: 'See my report' }).click();
  await expect(page.getByRole('heading', { level: 1, name: `Report ${number}` })).toBeVisible();
}

/** All of it. */
export async function fileReport(page: Page, complaint: Complaint): Promise<Receipt> {
  await answer(page, complaint);
  const receipt = await send(page);
  await goToStatus(page, receipt);
  return receipt;
}

/** The steps open now, on a report's page. */
export function happeningNow(page: Page): Locator {
  return page.getByRole('region', { name: 'What is happening now' });
}

/** What happened so far, on a report's page. */
export function timeline(page: Page): Locator {
  return page.getByRole('region', { name: 'What happened so far' });
}

/** How the live line is, on a report's page. */
export function line(page: Page): Locator {
  return page.locator('main').getByRole('status');
}

/** Waits until the page is followed live. */
export async function live(page: Page): Promise<void> {
  await expect(line(page)).toContainText('Live: this page changes by itself.');
}
