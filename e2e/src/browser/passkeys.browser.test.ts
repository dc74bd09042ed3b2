import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Booted, boot } from '../boot.ts';
import { openBankAccount } from '../story/sandbox-control.ts';
import { payAtCheckout } from '../story/sandbox-page.ts';
import { setStage } from '../story/stage.ts';
import { until } from '../story/until.ts';
import { DAY_SECONDS, moveClock } from '../story/virtual-clock.ts';
import { addPasskeys, openBrowser, type PageWithPasskeys } from './open-browser.ts';
import { servePage } from './serve-page.ts';

let site: Awaited<ReturnType<typeof servePage>>;
let system: Booted;
let browser: Browser;
let opened: PageWithPasskeys;

beforeAll(async () => {
  [site, browser] = await Promise.all([servePage(), openBrowser()]);
  system = await boot({ origins: [site.origin] });
}, 180_000);
afterEach(() => opened?.page.context().close());
afterAll(async () => {
  await Promise.all([browser?.close(), system?.stop(), site?.close()]);
});

async function openPage(): Promise<PageWithPasskeys> {
  const context = await browser.newContext();
  const page = await context.newPage();
  opened = await addPasskeys(page);
  await page.goto(`${site.origin}/?api=${encodeURIComponent(system.apiUrl)}`);
  return opened;
}

/** What the page says last, once it says something. */
async function said({ page }: PageWithPasskeys): Promise<string> {
  return until('a word of the page', async () => (await page.locator('#said').textContent()) || null);
}

async function submit(here: PageWithPasskeys, form: string, fields: Record<string, string>): Promise<string> {
  for (const [name, value] of Object.entries(fields)) {
    await here.page.locator(`#${form} [name=${name}]`).fill(value);
  }
  await here.page.locator(`#${form} button`).click();
  return said(here);
}

const signUp = (here: PageWithPasskeys, handle: string) =>
  submit(here, 'sign-up', { handle, displayName: 'Dayo (demo)' });

test('a person registers with a passkey of the browser and signs in again without a name', async () => {
  const here = await openPage();
  expect(await signUp(here, 'demo_dayo')).toBe('signed up');
  await here.page.locator('#sign-out').click();
  expect(await said(here)).toBe('signed out');
  await here.page.locator('#sign-in').click();
  expect(await said(here)).toBe('signed in');
  expect(await here.page.locator('#who').textContent()).toBe('demo_dayo');
});

test('a person signs a withdrawal with a passkey of the browser', async () => {
  const stage = setStage(system);
  const here = await openPage();
  expect(await signUp(here, 'demo_emeka')).toBe('signed up');
  expect(await submit(here, 'top-up', { amountMinor: '1000000', email: 'emeka@demo.example' })).toBe(
    'started',
  );
  const checkout = here.page.locator('#checkout');
  await payAtCheckout(await until('the checkout address', () => checkout.textContent()));
  await openBankAccount(stage, { bankCode: '058', accountNumber: '0123456780', accountName: 'EMEKA DEMO' });
  const account = { bankCode: '058', accountNumber: '0123456780' };
  expect(await submit(here, 'payout-account', account)).toMatch(/^account (created|active)$/);
  await moveClock(stage, DAY_SECONDS);
  const withdraw = () => submit(here, 'withdraw', { amountMinor: '500000' });
  // The money may still be on its way in.
  await until('the withdrawal', async () => ((await withdraw()) === 'withdrawal requested' ? true : null));
});

test('nothing is signed when the authenticator does not verify the person', async () => {
  const here = await openPage();
  expect(await signUp(here, 'demo_funmi')).toBe('signed up');
  const { authenticator, authenticatorId } = here;
  await authenticator.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  const account = { bankCode: '058', accountNumber: '0123456781' };
  expect(await submit(here, 'payout-account', account)).toBe('AUTHENTICATOR_FAILED');
});

test('a page of another origin gets nowhere', async () => {
  const other = await servePage();
  const context = await browser.newContext();
  const page = await context.newPage();
  opened = await addPasskeys(page);
  await page.goto(`${other.origin}/?api=${encodeURIComponent(system.apiUrl)}`);
  expect(await signUp(opened, 'demo_gbenga')).toBe('NETWORK_FAILED');
  await other.close();
});
