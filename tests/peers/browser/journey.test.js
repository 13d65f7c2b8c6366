// What a user of `examples/ecommerce/web` does, in a browser: `PAGE` is where the page is, `ORDERS` how many orders of
// each status the accounts have, `TOKEN_SECONDS` how long a token of ours lives.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';

import { launch } from './browser.js';

const { PAGE, TOKEN_SECONDS } = process.env;
const ORDERS = JSON.parse(process.env.ORDERS);

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

/** A tab of somebody new, what went wrong in it, and the requests that it sent to the API. */
async function open() {
  const context = await browser.newContext();
  const page = await context.newPage();
  const mistakes = [];
  const exchanges = [];
  const authorizations = [];
  page.on('pageerror', (error) => mistakes.push(error.message));
  page.on('console', (message) => message.type() === 'error' && mistakes.push(message.text()));
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname === '/oauth/token') {
      exchanges.push(request);
    } else if (pathname === '/cubejs-api/v1/load') {
      authorizations.push(request.headers().authorization);
    }
  });
  await page.goto(PAGE);
  return { page, mistakes, exchanges, authorizations };
}

async function signIn(page, name) {
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Name').fill(name);
  await page.getByRole('button', { name: 'Go' }).click();
  await page.locator('#table').waitFor();
}

const orders = (page) => page.locator('#table tbody tr').evaluateAll((rows) => (
  Object.fromEntries(rows.map((row) => [row.cells[0].textContent, Number(row.cells[1].textContent)]))));

/** How many pixels of the chart have a colour. */
const painted = (page) => page.locator('#chart').evaluate((canvas) => (
  canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.filter((_, at) => at % 4 === 3).filter(Boolean).length));

async function refresh(page) {
  const answered = page.waitForResponse((answer) => answer.url().includes('/v1/load'));
  await page.getByRole('button', { name: 'Refresh' }).click();
  assert.equal((await answered).status(), 200);
  await page.locator('#message:empty').waitFor({ state: 'attached' });
}

test('a user signs in and sees a chart of their own orders', async () => {
  const { page, mistakes } = await open();
  assert.equal(await page.locator('#message').textContent(), 'Sign in to see your orders.');
  assert.equal(await page.locator('#table').isVisible(), false);
  await signIn(page, 'ada');
  assert.equal(await page.locator('#who').textContent(), 'ada');
  assert.deepEqual(await orders(page), ORDERS.ada);
  assert.ok(await painted(page) > 1000, 'the chart is painted');
  assert.equal(page.url(), `${PAGE}/`, 'the code is not left in the address');
  assert.deepEqual(mistakes, []);
});

test('another user sees others, also after the first in the same tab', async () => {
  const { page } = await open();
  await signIn(page, 'ada');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  assert.equal(await page.locator('#table').isVisible(), false);
  await page.context().clearCookies(); // the provider's own session
  await signIn(page, 'bob');
  assert.notDeepEqual(ORDERS.bob, ORDERS.ada);
  assert.deepEqual(await orders(page), ORDERS.bob);
});

test('one token serves until it ends, then the page gets the next', async () => {
  const { page, exchanges, authorizations } = await open();
  await signIn(page, 'ada');
  await refresh(page);
  assert.equal(exchanges.length, 1);
  assert.equal(new Set(authorizations).size, 1);
  await setTimeout(TOKEN_SECONDS * 1000);
  await refresh(page);
  assert.equal(exchanges.length, 2);
  assert.equal(new Set(authorizations).size, 2);
  assert.deepEqual(await orders(page), ORDERS.ada);
  const end = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).exp * 1000;
  assert.ok(end(authorizations[0]) <= Date.now(), 'the first one is over');
  assert.ok(end(authorizations.at(-1)) > Date.now() - 1000);
});

test('a token that is not the provider\'s sends the user back to the door', async () => {
  const { page } = await open();
  await signIn(page, 'ada');
  await page.evaluate(() => {
    const [key] = Object.keys(sessionStorage).filter((name) => name.startsWith('oidc.user:'));
    const user = JSON.parse(sessionStorage.getItem(key));
    const parts = user.id_token.split('.');
    parts[1] = btoa(JSON.stringify({ ...user.profile, sub: 'bob' })).replace(/=+$/, '');
    sessionStorage.setItem(key, JSON.stringify({ ...user, id_token: parts.join('.') }));
  });
  await page.reload();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  assert.equal(await page.locator('#table').isVisible(), false);
  assert.match(await page.locator('#message').textContent(), /./);
});
