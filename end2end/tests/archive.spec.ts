// A case that was moved out into the archive: what its reporter and the staff are told in its place.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { accessible } from '../accessible.ts';
import { runs } from '../api.ts';
import { type Page, expect, test } from '../fixtures.ts';
import { type Receipt, fileReport, mild } from '../reporter.ts';
import { signIn } from '../staff.ts';

const archive = mkdtempSync(path.join(tmpdir(), 'hms-end2end-archive-'));

test.use({
  // A month is three seconds. What was moved out is answered with 410, which Chromium writes on the console.
  clockRate: 1_000_000,
  more: ['--archive-dir', archive, '--keep-finished-runs', '1d'],
  expectedErrors: /the server responded with a status of 410|WebSocket|ERR_CONNECTION_REFUSED/,
});

let filed: Receipt;
let run: string;

test.beforeAll(async ({ browser, hms }) => {
  const page = await browser.newPage({ baseURL: hms.portal, javaScriptEnabled: false });
  filed = await fileReport(page, mild);
  await page.close();
  await expect.poll(async () => (await runs(hms, filed.number))[0]?.status).toBe('COMPLETED');
  run = (await runs(hms, filed.number))[0]!.id;
  // Runs go by whole months: this one is over forty days later.
  const ended = await now(hms.api);
  await expect.poll(async () => (await now(hms.api)) - ended, { timeout: 30_000 }).toBeGreaterThan(40 * 86_400_000);
  // It seals its trail when it ends, and moves out what is old when it begins.
  await hms.stop();
  await hms.startAgain();
  await expect.poll(async () => (await fetch(`${hms.api}/act/runs/${run}`)).status, { timeout: 30_000 }).toBe(410);
});

test.afterAll(() => rmSync(archive, { recursive: true, force: true }));

/** When a run began, in milliseconds of workflow time. */
async function began(api: string, id: string): Promise<number> {
  const answer = await fetch(`${api}/act/runs/${id}`);
  return Date.parse(((await answer.json()) as { started: string }).started);
}

/** Workflow time: when a run begins that begins now. */
async function now(api: string): Promise<number> {
  const event = { name: 'ComplaintLogged', payload: { complaintId: 'now', text: 'What time is it?' } };
  const answer = await fetch(`${api}/act/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(event),
  });
  const { runs } = (await answer.json()) as { runs: { run_id: string }[] };
  return began(api, runs[0]!.run_id);
}

async function open(page: Page, { number, receipt }: Receipt): Promise<void> {
  await page.goto('/status');
  await page.getByLabel('Report number').fill(number);
  await page.getByLabel('Receipt', { exact: true }).fill(receipt);
  await page.getByRole('button', { name: 'Open my report' }).click();
}

for (const javaScriptEnabled of [true, false]) {
  const scripts = javaScriptEnabled ? 'on' : 'off';

  test(`number and receipt tell where the case is, with scripts ${scripts}`, async ({ somebody }) => {
    const page = await somebody({ javaScriptEnabled });
    await open(page, filed);
    await expect(page).toHaveURL(`/status/${filed.number}`);
    await expect(page.getByRole('heading', { level: 1, name: `Report ${filed.number}` })).toBeVisible();
    await expect(page.getByRole('heading', { name: /^Your report was closed on [A-Z][a-z]+ \d+, \d{4}$/ })).toBeVisible();
    await expect(page.getByText('moved to the agency’s archive')).toBeVisible();
    await expect(page.getByText(`Tell them this number: ${filed.number}.`)).toBeVisible();
    await expect(page.getByRole('link', { name: 'Send a new report' })).toHaveAttribute('href', '/report');
    await expect(page.getByText('.jsonl')).toHaveCount(0);
    if (javaScriptEnabled) {
      await accessible(page);
      await page.setViewportSize({ width: 390, height: 844 });
      await accessible(page);
    }
  });

  test(`a wrong receipt tells nothing, with scripts ${scripts}`, async ({ somebody }) => {
    const flipped = filed.receipt.startsWith('2') ? `3${filed.receipt.slice(1)}` : `2${filed.receipt.slice(1)}`;
    const page = await somebody({ javaScriptEnabled });
    await open(page, { number: filed.number, receipt: flipped });
    await expect(page.getByRole('group', { name: 'There is a problem' })).toContainText('do not go together');
    await expect(page.getByText('archive')).toHaveCount(0);
  });
}

test('in Spanish it is told in Spanish', async ({ somebody }) => {
  const page = await somebody({ locale: 'es-ES' });
  await page.goto('/status');
  await page.getByLabel('Número de denuncia').fill(filed.number);
  await page.getByLabel('Comprobante', { exact: true }).fill(filed.receipt);
  await page.getByRole('button', { name: 'Abrir mi denuncia' }).click();
  await expect(page.getByRole('heading', { name: /^Su denuncia se cerró el \d+ de [a-z]+ de \d{4}$/ })).toBeVisible();
  await accessible(page);
});

test('the staff find it by its number and can have the case', async ({ somebody, hms }) => {
  const page = await somebody();
  await signIn(page, hms.person('administrator'));
  await page.goto(`/admin/runs?search=${filed.number}`);
  await page.getByRole('link', { name: 'See where it is' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'This case is in the archive' })).toBeVisible();
  await expect(page.getByText(/^FTC-Complaint\/\d{4}-\d\d-\d{6}\.jsonl$/)).toBeVisible();
  await expect(page.getByText(`hms audit export ${run} --archive DIR --out case.html`)).toBeVisible();
  await accessible(page);
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'To read (HTML)' }).click();
  expect((await download).suggestedFilename()).toBe(`run-${run}.html`);
  await page.setViewportSize({ width: 390, height: 844 });
  await accessible(page);
});
