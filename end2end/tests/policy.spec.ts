// The content security policy: every page lives by it, and what breaks it does not run.

import { readFileSync } from 'node:fs';

import { expect, test } from '../fixtures.ts';
import { fileReport, live, severe } from '../reporter.ts';
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

/** Every page of the table in `portal/access.rs`, so that a new one is looked at without anybody thinking of it. */
function pages(places: Record<string, string>): string[] {
  const table = readFileSync(new URL('../../server/src/portal/access.rs', import.meta.url), 'utf8');
  const paths = [...table.matchAll(/\("GET", "([^"]+)",/g)].map(([, path]) => path ?? '');
  // Files, what is downloaded, sockets and the agency's own provider are no pages.
  const shown = paths.filter((path) => !/\/files\/|^\/live\/|\.(csv|json|html)$|\/provider/.test(path));
  return shown.map((path) => path.replace(/\{(\w+)\}/g, (_, name: string) => places[`${path} ${name}`] ?? places[name] ?? name));
}

test('no page breaks its own policy, with scripts and without', async ({ somebody, hms }) => {
  test.setTimeout(120_000);
  const reporter = await somebody();
  const { number } = await fileReport(reporter, severe);
  await live(reporter);
  const staff = await somebody();
  await signIn(staff, hms.person('administrator'));
  const id = async (list: string, link: RegExp) => {
    await staff.goto(list);
    const found = await staff.getByRole('main').locator('tbody a').evaluateAll((links) => links.map((one) => one.getAttribute('href') ?? ''));
    return found.find((href) => link.test(href))?.split('/').pop() ?? 'none';
  };
  const run = await id('/admin/runs', /^\/admin\/runs\//);
  const paths = pages({
    number,
    slug: 'foia',
    word: 'x',
    task: await id('/inbox', /^\/inbox\/[0-9a-f-]+$/),
    '/admin/runs/{id} id': run,
    '/admin/runs/{id}/erase id': run,
    '/admin/people/{id} id': await id('/admin/people', /^\/admin\/people\//),
    '/admin/workflows/{id} id': 'FTC-Complaint',
  });
  expect(paths.length).toBeGreaterThan(20);
  for (const javaScriptEnabled of [true, false]) {
    // The consoles of these browsers must stay empty: the fixture looks.
    const page = await somebody({ javaScriptEnabled });
    await signIn(page, hms.person('administrator'));
    for (const path of [...paths, '/nowhere']) {
      const answer = await page.goto(path);
      const policy = (await answer?.headerValue('content-security-policy')) ?? '';
      expect(policy, path).toContain("'strict-dynamic'");
      expect(policy, path).not.toContain('unsafe-inline');
      expect(await page.locator('[style]').count(), `${path}: inline styles`).toBe(0);
      expect([200, ...(path === '/nowhere' ? [404] : [])], path).toContain(answer?.status());
    }
    await page.context().close();
  }
});
