// Filing a complaint, with scripts on.

import { runs } from '../api.ts';
import { type Page, expect, test } from '../fixtures.ts';
import { answer, beside, change, fileReport, goToStatus, live, mild, send, severe, timeline } from '../reporter.ts';

const attack = '</textarea><script>window.hurt = true</script><img src=x onerror="window.hurt = true">';

function problem(page: Page) {
  return page.getByRole('group', { name: 'There is a problem' });
}

test('from the first page to the report’s own page', async ({ somebody }) => {
  const page = await somebody();
  await page.goto('/');
  await page.locator('main').getByRole('link', { name: 'Report fraud' }).click();
  await expect(page).toHaveURL('/report');

  const filed = await fileReport(page, severe);
  expect(filed.number).toMatch(/^\d{4}-\d{4}-\d{2}$/);
  // 80 bits in base32 are 16 characters, and one more checks them.
  expect(filed.receipt.replaceAll(/[^0-9A-Za-z]/g, '').length).toBeGreaterThanOrEqual(17);
  await expect(timeline(page)).toContainText('We received your report');
  await live(page);
});

test('pages turn without loading anew, and Back keeps every answer', async ({ somebody }) => {
  const page = await somebody();
  let loads = 0;
  page.on('request', (request) => (loads += request.isNavigationRequest() ? 1 : 0));
  await page.goto('/report');
  // Scripts have taken over when the form answers without a load.
  await expect(async () => {
    loads = 0;
    await page.goto('/report');
    await page.getByLabel('Tell us what happened').fill(severe.text);
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Money and contact' })).toBeVisible();
    expect(loads).toBe(1);
  }).toPass();

  await page.getByLabel('How much money did you lose?').fill('much');
  await page.getByRole('button', { name: 'Back' }).click();
  await expect(page.getByLabel('Tell us what happened')).toHaveValue(severe.text);
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByLabel('How much money did you lose?')).toHaveValue('much');
  expect(loads).toBe(1);
});

test('faults are told on top and at the field, and lead there', async ({ somebody }) => {
  const page = await somebody();
  await page.goto('/report');
  await page.getByRole('button', { name: 'Continue' }).click();

  await expect(page).toHaveTitle(/^Error: /);
  await expect(problem(page)).toBeFocused();
  await expect(page.getByLabel('Tell us what happened')).toHaveAccessibleDescription(/Tell us what happened/);
  await expect(page.getByLabel('Tell us what happened')).toHaveAttribute('aria-invalid', 'true');
  await problem(page).getByRole('link', { name: 'Tell us what happened' }).click();
  await expect(page.getByLabel('Tell us what happened')).toBeFocused();

  await page.getByLabel('Tell us what happened').fill(mild.text);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('How much money did you lose?').fill('a lot');
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(problem(page).getByRole('link', { name: 'Enter the amount you lost, like 120.50' })).toBeVisible();
  await expect(page.getByLabel('How much money did you lose?')).toHaveValue('a lot');
});

test('an answer is changed from the summary and leads straight back', async ({ somebody }) => {
  const page = await somebody();
  await answer(page, severe);
  await expect(beside(page, 'How much money did you lose?')).toContainText('48,500.00');
  await change(page, 'Who did it?').click();
  await page.getByLabel('Who did it?').fill('Somebody else');
  await page.getByRole('button', { name: 'Back to your answers' }).click();
  await expect(beside(page, 'Who did it?')).toContainText('Somebody else');
  await expect(beside(page, 'Tell us what happened')).toContainText('gift card numbers');
});

test('what is typed is text, never markup', async ({ somebody }) => {
  const page = await somebody();
  await answer(page, { ...mild, text: attack, suspect: attack });
  await expect(beside(page, 'Tell us what happened')).toContainText(attack);
  await change(page, 'Tell us what happened').click();
  await expect(page.getByLabel('Tell us what happened')).toHaveValue(attack);
  expect(await page.evaluate(() => 'hurt' in window)).toBe(false);
});

test('what was typed is there again after a reload, and gone once it is sent', async ({ somebody }) => {
  const page = await somebody();
  await answer(page, mild);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: 'Check your answers' })).toBeVisible();
  await expect(beside(page, 'Tell us what happened')).toContainText(mild.text);
  const filed = await send(page);
  await goToStatus(page, filed);
  await page.goto('/report');
  await expect(page.getByLabel('Tell us what happened')).toHaveValue('');
});

test('number and receipt are held until they are saved', async ({ somebody }) => {
  const page = await somebody();
  await answer(page, mild);
  await send(page);
  await page.getByRole('button', { name: 'See my report' }).click();
  await expect(problem(page)).toContainText('Save your number and receipt, then tick the box');

  const asked: string[] = [];
  page.on('dialog', async (dialog) => {
    asked.push(dialog.type());
    await dialog.dismiss();
  });
  await page.goto('/').catch(() => {}); // Held back: the navigation does not happen.
  expect(asked).toContain('beforeunload');
  await expect(page.getByRole('heading', { level: 1, name: 'We received your report' })).toBeVisible();
});

test.describe('a broken line', () => {
  test.use({ expectedErrors: /ERR_FAILED/ });

  test('a report whose answer got lost is sent again and is one report', async ({ somebody, hms }) => {
    const page = await somebody();
    await answer(page, mild);
    const before = (await runs(hms)).length;
    let posts = 0;
    await page.route('**', async (route) => {
      if (route.request().method() !== 'POST') {
        return route.fallback();
      }
      posts += 1;
      if (posts > 1) {
        return route.fallback();
      }
      // The server has it, the browser never hears of it.
      await route.fetch();
      return route.abort();
    });
    await page.getByRole('button', { name: 'Send report' }).click();
    await expect(problem(page)).toContainText('Your report is not sent yet');
    const { number } = await send(page);
    expect(posts).toBe(2);
    expect(await runs(hms, number)).toHaveLength(1);
    expect(await runs(hms)).toHaveLength(before + 1);
  });
});

test.describe(() => {
  test.use({ locale: 'es-ES' });

  test('in Spanish', async ({ somebody }) => {
    const page = await somebody();
    await page.goto('/');
    await page.getByRole('link', { name: 'Español' }).click();
    await expect(page.locator('html')).toHaveAttribute('lang', 'es');
    await page.goto('/report');
    await expect(page.locator('html')).toHaveAttribute('lang', 'es');
    await expect(page.getByRole('button', { name: 'Continuar' })).toBeVisible();
  });
});
