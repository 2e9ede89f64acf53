// What every test stands on: a server, and browsers that must stay without errors.

import { type Browser, type BrowserContext, type BrowserContextOptions, type Page, expect, test as base } from '@playwright/test';

import { Hms } from './server.ts';

export { expect } from '@playwright/test';
export type { Page } from '@playwright/test';

/** Somebody's browser: with cookies of its own, and watched for errors. */
export type Somebody = (options?: BrowserContextOptions) => Promise<Page>;

interface TestFixtures {
  /** Opens one more browser; any error on its console fails the test. */
  somebody: Somebody;
  /** Errors that belong to what the test does, like a socket that breaks with its server. */
  expectedErrors: RegExp;
}

interface WorkerFixtures {
  /** How many times faster than the wall clock the server's workflow time runs. */
  clockRate: number;
  /** Whether the server begins with a month of made-up cases. */
  sampleHistory: boolean;
  /** More arguments of the server. */
  more: string[];
  /** The server. Tests of one file share it. */
  hms: Hms;
}

/** Chromium writes each answer that is not 2xx on the console; 422 is how a form with faults is answered. */
const refusedForm = /the server responded with a status of 422/;

export const test = base.extend<TestFixtures, WorkerFixtures>({
  clockRate: [1, { option: true, scope: 'worker' }],
  sampleHistory: [false, { option: true, scope: 'worker' }],
  // A list in a list: Playwright reads the outer one as [value, options].
  more: [[], { option: true, scope: 'worker' }],

  hms: [
    async ({ clockRate, sampleHistory, more }, use) => {
      const hms = await Hms.start({ clockRate, sampleHistory, more });
      await use(hms);
      await hms.remove();
    },
    { scope: 'worker', timeout: 90_000 },
  ],

  baseURL: async ({ hms }, use) => use(hms.portal),

  expectedErrors: [/^$/, { option: true }],

  somebody: async ({ browser, hms, contextOptions, viewport, expectedErrors }, use, testInfo) => {
    const opened: BrowserContext[] = [];
    const errors: string[] = [];
    await use(async (options = {}) => {
      const context = await open(browser, { ...contextOptions, viewport, baseURL: hms.portal, ...options }, errors);
      opened.push(context);
      return context.newPage();
    });
    for (const context of opened) {
      await context.close();
    }
    if (testInfo.status !== testInfo.expectedStatus) {
      await testInfo.attach('hms', { body: hms.told(), contentType: 'text/plain' });
    }
    const unexpected = errors.filter((error) => !refusedForm.test(error) && !expectedErrors.test(error));
    expect(unexpected, 'errors on the browser consoles').toEqual([]);
  },
});

async function open(browser: Browser, options: BrowserContextOptions, errors: string[]): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  context.on('weberror', (error) => errors.push(`${error.page()?.url()}: ${error.error()}`));
  context.on('console', (message) => {
    // Warnings too: a page that hydrates wrongly says so in one.
    if (message.type() === 'error' || message.type() === 'warning') {
      errors.push(`${message.page()?.url()}: ${message.text()}`);
    }
  });
  return context;
}
