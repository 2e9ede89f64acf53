// What every page must be to everybody.

import { AxeBuilder } from '@axe-core/playwright';

import { type Page, expect } from './fixtures.ts';

/** The page has no violation that axe knows, and nothing on it is wider than the screen. Axe needs scripts. */
export async function accessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => ({ id, where: nodes.map((node) => node.target.join(' ')) }))).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow).toBe(0);
}
