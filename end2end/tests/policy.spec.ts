// The content security policy: every page lives by it, and what breaks it does not run.

import { expect, test } from '../fixtures.ts';
import { signIn } from '../staff.ts';

// The page that is not there is answered 404, which Chromium writes on the console.
test.use({ expectedErrors: /the server responded with a status of 404/ });

test('what somebody gets into a page does not run', async ({ browser, hms }) => {
  const context = await browser.newContext({ baseURL: hms.portal });
  const page = await context.newPage();
  // As if something had not been escaped: it comes with the page itself, under the page's own policy.
  const attack = [
    '<script>window.pwned = "script"</script>',
    '<script src="/pkg/none.js" nonce="guessed"></script>',
    '<img src="x:" onerror="window.pwned = \'handler\'">',
    '<a id="link" href="javascript:window.pwned = \'link\'">x</a>',
    '<p id="styled" style="color: rgb(255, 0, 0)">x</p>',
    '<style>#styled { color: rgb(255, 0, 0) }</style>',
    '<iframe src="https://other.example/"></iframe>',
    '<base href="https://other.example/">',
  ].join('');
  await page.addInitScript(() => {
    const told: string[] = [];
    Object.assign(window, { told });
    document.addEventListener('securitypolicyviolation', (event) => told.push(event.effectiveDirective));
  });
  await page.route('**/sign-in', async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: (await answer.text()).replace('</body>', `${attack}</body>`) });
  });
  await page.goto('/sign-in');
  await page.locator('#link').evaluate((link: HTMLAnchorElement) => link.click());
  const expected = ['script-src-elem', 'script-src-attr', 'style-src-attr', 'style-src-elem', 'frame-src', 'base-uri'];
  await expect.poll(() => page.evaluate(() => Reflect.get(window, 'told') as string[])).toEqual(expect.arrayContaining(expected));
  const found = await page.evaluate(() => {
    const styled = document.getElementById('styled');
    return { pwned: Reflect.get(window, 'pwned') as unknown, colour: styled && getComputedStyle(styled).color };
  });
  expect(found.pwned).toBeUndefined();
  expect(found.colour).not.toBe('rgb(255, 0, 0)');
  await context.close();
});

test('no page breaks its own policy, with scripts and without', async ({ somebody, hms }) => {
  for (const javaScriptEnabled of [true, false]) {
    // The consoles of these browsers must stay empty: the fixture looks.
    const page = await somebody({ javaScriptEnabled });
    await signIn(page, hms.person('administrator'));
    const paths = ['/', '/report', '/report/foia', '/status', '/sign-in', '/inbox', '/admin', '/admin/runs', '/admin/workers', '/admin/workflows/FTC-Complaint', '/admin/mails', '/nowhere'];
    for (const path of paths) {
      const answer = await page.goto(path);
      const policy = (await answer?.headerValue('content-security-policy')) ?? '';
      expect(policy, path).toContain("'strict-dynamic'");
      expect(policy, path).not.toContain('unsafe-inline');
      expect(await page.locator('[style]').count(), `${path}: inline styles`).toBe(0);
    }
    await page.context().close();
  }
});
