// The content security policy: every page lives by it, and what breaks it does not run.

import { expect, test } from '../fixtures.ts';
import { signIn } from '../staff.ts';

// The page that is not there is answered 404, which Chromium writes on the console.
test.use({ expectedErrors: /the server responded with a status of 404/ });

test('what somebody gets into a page does not run', async ({ browser, hms }) => {
  const context = await browser.newContext({ baseURL: hms.portal });
  const page = await context.newPage();
  const told: string[] = [];
  page.on('console', (message) => told.push(message.text()));
  await page.goto('/');
  const ran = await page.evaluate(async () => {
    const broken: string[] = [];
    document.addEventListener('securitypolicyviolation', (event) => broken.push(event.effectiveDirective));
    const script = document.createElement('script');
    script.textContent = 'window.pwned = true';
    // As the parser would put it there, without the trust that scripts of the page hand on.
    document.body.insertAdjacentHTML('beforeend', '<img src="x:" onerror="window.pwned = true"><p style="color: red" id="styled">x</p>');
    document.body.append(script);
    await fetch('http://127.0.0.1:9/').catch(() => undefined);
    await new Promise((done) => setTimeout(done, 300));
    const styled = document.getElementById('styled');
    return { pwned: 'pwned' in window, broken, colour: styled ? getComputedStyle(styled).color : '' };
  });
  expect(ran.pwned).toBe(false);
  expect(ran.colour).not.toBe('rgb(255, 0, 0)');
  expect(ran.broken).toEqual(expect.arrayContaining(['script-src-elem', 'script-src-attr', 'style-src-attr', 'connect-src']));
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
