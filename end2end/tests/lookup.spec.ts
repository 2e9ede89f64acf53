// Opening a report with its number and receipt.

import { expect, test } from '../fixtures.ts';
import { type Receipt, fileReport, happeningNow, mild } from '../reporter.ts';

let filed: Receipt;

test.beforeAll(async ({ browser, hms }) => {
  const page = await browser.newPage({ baseURL: hms.portal });
  filed = await fileReport(page, mild);
  await page.close();
});

test('number and receipt open the report, however they are typed', async ({ somebody }) => {
  const typed = [
    filed,
    { number: ` ${filed.number.replaceAll('-', ' ')} `, receipt: filed.receipt.toLowerCase().replaceAll('-', ' ') },
    { number: filed.number.replaceAll('-', ''), receipt: filed.receipt.replaceAll(/[- ]/g, '') },
  ];
  for (const { number, receipt } of typed) {
    const page = await somebody();
    await page.goto('/status');
    await page.getByLabel('Report number').fill(number);
    await page.getByLabel('Receipt', { exact: true }).fill(receipt);
    await page.getByRole('button', { name: 'Open my report' }).click();
    await expect(page).toHaveURL(`/status/${filed.number}`);
    await expect(page.getByRole('heading', { level: 1, name: `Report ${filed.number}` })).toBeVisible();
  }
});

test('a wrong receipt and an unknown number are told the same', async ({ somebody }) => {
  const flipped = filed.receipt.startsWith('2') ? `3${filed.receipt.slice(1)}` : `2${filed.receipt.slice(1)}`;
  const tries: Receipt[] = [
    { number: filed.number, receipt: flipped },
    { number: '0000-0000-00', receipt: filed.receipt },
  ];
  const told: string[] = [];
  for (const { number, receipt } of tries) {
    const page = await somebody();
    await page.goto('/status');
    await page.getByLabel('Report number').fill(number);
    await page.getByLabel('Receipt', { exact: true }).fill(receipt);
    await page.getByRole('button', { name: 'Open my report' }).click();
    await expect(page).toHaveTitle(/^Error: /);
    const problem = page.getByRole('group', { name: 'There is a problem' });
    told.push(await problem.innerText());
    await expect(page.getByLabel('Report number'), 'what was typed is kept').toHaveValue(number);
    await expect(happeningNow(page)).toHaveCount(0);
  }
  expect(told[0]).toBe(told[1]);
  expect(told[0]).toContain('This number and receipt do not go together');
});

test('nothing typed is told at each field', async ({ somebody }) => {
  const page = await somebody();
  await page.goto('/status');
  await page.getByRole('button', { name: 'Open my report' }).click();
  await expect(page.getByRole('link', { name: 'Enter your report number' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Enter your receipt' })).toBeVisible();
  await expect(page.getByLabel('Report number')).toHaveAccessibleDescription(/Enter your report number/);
});

test('another browser sees nothing of a report without its receipt', async ({ somebody }) => {
  const page = await somebody();
  for (const number of [filed.number, '0000-0000-00']) {
    await page.goto(`/status/${number}`);
    await expect(page.getByText('To see this report here, enter its receipt.')).toBeVisible();
    await expect(page.getByLabel('Report number')).toHaveValue(number);
    await expect(happeningNow(page)).toHaveCount(0);
  }
});
