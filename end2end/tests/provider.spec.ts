// Signing in at an agency's own provider: the certified `oidc-provider`, run here.

import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

import { type Browser, type Page, expect, test } from '@playwright/test';
import Provider from 'oidc-provider';

import { Hms } from '../server.ts';

/** Who there is at the provider, and in which groups. */
const groups: Record<string, string[]> = {
  maria: ['fraud-review', 'staff'],
  pavel: ['fraud-lead', 'fraud-review'],
  guest: ['visitors'],
};

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

let hms: Hms;
let server: Server;

test.beforeAll(async () => {
  // A port for the pages that the provider can be told of before they are there.
  const held = createServer();
  const portal = await listening(held);
  await new Promise((resolve) => held.close(resolve));

  server = createServer();
  const issuer = `http://127.0.0.1:${await listening(server)}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'hms',
        client_secret: 'a secret: with & signs',
        redirect_uris: [`http://127.0.0.1:${portal}/sign-in/provider/back`],
      },
    ],
    claims: { openid: ['sub'], email: ['email'], profile: ['name', 'groups'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['only for this test'] },
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, name: `Name of ${id}`, email: `${id}@agency.example`, groups: groups[id] ?? [] }),
    }),
  });
  server.on('request', provider.callback());
  process.env['HMS_OIDC_CLIENT_SECRET'] = 'a secret: with & signs';
  hms = await Hms.start({
    portalAddr: `127.0.0.1:${portal}`,
    more: [
      ...['--oidc-issuer', issuer, '--oidc-client-id', 'hms'],
      ...['--oidc-role', 'groups=fraud-review:investigator', '--oidc-role', 'groups=fraud-lead:supervisor'],
    ],
  });
});

test.afterAll(async () => {
  await hms.remove();
  server.closeAllConnections();
  server.close();
});

async function signIn(browser: Browser, who: string, next = '/sign-in'): Promise<Page> {
  const context = await browser.newContext({ baseURL: hms.portal });
  const page = await context.newPage();
  await page.goto(next);
  await page.getByRole('link', { name: 'Sign in with your agency account' }).click();
  await page.locator('input[name=login]').fill(who);
  await page.locator('input[name=password]').fill('any');
  await page.locator('button[type=submit]').click();
  await page.getByRole('button', { name: 'Continue' }).click();
  return page;
}

test('who has a role by the provider is let in, and known again', async ({ browser }) => {
  const first = await signIn(browser, 'maria', '/inbox?tab=mine');
  await expect(first.getByRole('heading', { level: 1, name: 'Inbox' })).toBeVisible();
  expect(new URL(first.url()).pathname + new URL(first.url()).search).toBe('/inbox?tab=mine');
  await expect(first.getByText('Name of maria')).toBeVisible();
  const lead = await signIn(browser, 'pavel');
  await lead.goto('/account');
  await expect(lead.getByText('Your roles: investigator, supervisor.')).toBeVisible();

  // The provider decides, at each sign-in.
  groups['maria'] = ['fraud-lead'];
  const again = await signIn(browser, 'maria');
  await again.goto('/account');
  await expect(again.getByText('Your roles: supervisor.')).toBeVisible();
  groups['maria'] = [];
  const none = await signIn(browser, 'maria');
  await expect(none.getByText('You signed in at your agency, and have no access here')).toBeVisible();
  await first.goto('/inbox');
  await expect(first.getByRole('heading', { level: 1, name: 'Staff sign-in' })).toBeVisible();
});

test('who has none is told so, and no account is made', async ({ browser }) => {
  const page = await signIn(browser, 'guest');
  await expect(page.getByText('You signed in at your agency, and have no access here')).toBeVisible();
  expect(page.url()).not.toContain('agency.example');
});

test('an answer that was not asked for in this browser signs nobody in', async ({ browser }) => {
  const victim = await browser.newContext({ baseURL: hms.portal });
  const page = await victim.newPage();
  // A link that somebody else's sign-in came back with.
  await page.goto('/sign-in/provider/back?code=stolen&state=of-another');
  await expect(page.getByText('The sign-in at your agency came to nothing')).toBeVisible();
  // With a seed of this browser, and another state.
  await page.goto('/sign-in');
  const begun = await page.request.get('/sign-in/provider', { maxRedirects: 0 });
  expect(begun.status()).toBe(303);
  const asked = new URL(begun.headers()['location']!);
  expect(asked.searchParams.get('code_challenge_method')).toBe('S256');
  await page.goto('/sign-in/provider/back?code=stolen&state=of-another');
  await expect(page.getByText('The sign-in at your agency came to nothing')).toBeVisible();
  await page.goto('/inbox');
  await expect(page.getByRole('heading', { level: 1, name: 'Staff sign-in' })).toBeVisible();
});
