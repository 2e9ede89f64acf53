// What the staff do in a browser.

import { type Locator, type Page, expect } from '@playwright/test';

import type { Person } from './server.ts';

/** Signs in and comes to the person's first page. */
export async function signIn(page: Page, person: Person): Promise<void> {
  await page.goto('/sign-in');
  await fillCredentials(page, person);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
}

export async function fillCredentials(page: Page, person: Person): Promise<void> {
  await page.getByLabel('Email address').fill(person.email);
  await page.getByLabel('Password').fill(person.password);
}

/** The link to a case in the tab shown. */
export function caseLink(page: Page, number: string): Locator {
  return page.getByRole('table').getByRole('link', { name: number, exact: true });
}

/** Opens a case from a tab of the inbox. */
export async function openTask(page: Page, number: string, tab = 'Unassigned'): Promise<void> {
  await page.goto('/inbox');
  await page.getByRole('navigation', { name: 'Tasks' }).getByRole('link', { name: tab }).click();
  await expect(page.getByRole('navigation', { name: 'Tasks' }).getByRole('link', { name: tab })).toHaveAttribute('aria-current', 'page');
  await caseLink(page, number).click();
  await expect(page.getByRole('heading', { level: 1, name: number })).toBeVisible();
}

/** Takes the task shown. */
export async function accept(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Accept' }).click();
  await expect(page.getByRole('button', { name: 'Give back' })).toBeVisible();
}

/** Decides for the task shown, and sees that it is done. */
export async function approve(page: Page, note: string): Promise<void> {
  await page.getByLabel('Note').fill(note);
  await page.getByRole('button', { name: 'Approve' }).click();
  await expect(decision(page)).toContainText(/approved this at/);
}

/** What was or can be decided about the task shown. */
export function decision(page: Page): Locator {
  return page.getByRole('region', { name: /^(Your decision|Decision)$/ });
}
