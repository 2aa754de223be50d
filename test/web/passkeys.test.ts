// slow
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { systemClock } from '../../src/db/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { userNamed } from '../../src/services/import-file.ts';
import { makeResetLink } from '../../src/services/password-resets.ts';
import { settingsFor } from '../support/fresh.ts';
import { findings } from './axe.ts';
import { DESKTOP, notHere, openSite, PHONE, type Site, signUp, visit } from './browser.ts';

const PASSWORD = 'correct horse';

/** A device that keeps passkeys and knows its person, as Chromium emulates one. */
async function addAuthenticator(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

describe('ways in on the page', { skip: notHere }, () => {
  let site: Site;
  let named: Pick<Site, 'url' | 'browser'>;
  before(async () => {
    site = await openSite(undefined, (port) => ({ PUBLIC_URL: `http://localhost:${port}` }));
    // Passkeys belong to a name; an address of digits is none.
    named = { url: site.url.replace('127.0.0.1', 'localhost'), browser: site.browser };
  });
  after(() => site.stop());

  for (const [screen, options, colorScheme] of [
    ['desktop', DESKTOP, 'light'],
    ['phone', PHONE, 'dark'],
  ] as const)
    it(`a passkey is made, signs in without a password, is named and removed: ${screen}, ${colorScheme}`, async () => {
      const { page, complaints, close } = await visit(named, { ...options, colorScheme });
      const check = async (where: string) => assert.deepEqual(await findings(page), [], where);
      await addAuthenticator(page);
      await signUp(page);
      await page.goto('/account/security');
      await page.getByText('New passkey').focus();
      await page.keyboard.press('Enter');
      const form = page.getByRole('form', { name: 'New passkey' });
      await form.getByLabel('Name of the device').fill('My laptop');
      await form.getByLabel('Your password').fill('not this one');
      await form.getByRole('button').press('Enter');
      await form.getByText('The current password is not right').waitFor();
      await form.getByLabel('Your password').fill(PASSWORD);
      await form.getByRole('button').press('Enter');
      await page.getByRole('button', { name: 'Rename My laptop' }).press('Enter');
      await check('security, a passkey about to be renamed');
      await page.getByRole('form', { name: 'Rename My laptop' }).getByLabel('Name').fill('My phone');
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Rename My phone' }).waitFor();
      // One device has one passkey of an account.
      await form.getByLabel('Name of the device').fill('Again');
      await form.getByLabel('Your password').fill(PASSWORD);
      await form.getByRole('button').press('Enter');
      await form.getByText('has a passkey for your account already').waitFor();

      await page.goto('/account');
      await page.getByRole('button', { name: 'Sign out' }).click();
      const button = page.getByRole('button', { name: 'Sign in with a passkey' });
      await button.waitFor();
      await check('sign in, with passkeys');
      const answered = page.waitForRequest((request) => request.url().endsWith('/auth/passkey-session'));
      await button.press('Enter');
      await page.getByRole('heading', { name: 'Decks', exact: true }).waitFor();
      // What was answered once is no way in.
      const again = await page.request.post('/api/v1/auth/passkey-session', {
        data: (await answered).postDataJSON(),
        headers: { origin: named.url },
      });
      assert.equal(again.status(), 400);
      assert.match(await again.text(), /has been answered or has ended/);
      const elsewhere = await page.request.post('/api/v1/auth/passkey-session', {
        data: (await answered).postDataJSON(),
        headers: { origin: named.url.replace('http', 'https') },
      });
      assert.equal((await elsewhere.json()).code, 'FC_PASSKEY_SITE');

      await page.goto('/account/security');
      await page.getByText('Last used').first().waitFor();
      await page.getByRole('button', { name: 'Remove … My phone' }).press('Enter');
      await page.getByRole('button', { name: 'Remove', exact: true }).press('Enter');
      await page.getByRole('button', { name: 'Rename My phone' }).waitFor({ state: 'detached' });
      await page.goto('/account');
      await page.getByRole('button', { name: 'Sign out' }).click();
      await button.press('Enter');
      await page.getByText('This passkey is not known here').waitFor();
      assert.deepEqual(complaints, []);
      await close();
    });

  it('at another address than PUBLIC_URL the page says where passkeys work', async () => {
    const { page, close } = await visit(site);
    await signUp(page);
    await page.goto('/account/security');
    await page.getByRole('link', { name: named.url }).waitFor();
    assert.equal(await page.getByText('New passkey').count(), 0);
    await close();
  });

  it('a link of an administrator’s sets a new password once, and the page takes it out of its address', async () => {
    const { page, close } = await visit(site, PHONE);
    const name = await signUp(page);
    const database = openDatabase(settingsFor(site.place), systemClock());
    const { path } = await database.write(async (session) => makeResetLink(session, await userNamed(session, name)));
    await database.close();
    await page.goto('/reset-password');
    await page.getByText('This server sends no mail').waitFor();
    assert.deepEqual(await findings(page), [], 'no mail');
    await page.goto('about:blank');
    await page.goto(path);
    await page.getByLabel('New password').fill('correct horses');
    assert.ok(page.url().endsWith('/reset-password'), page.url());
    assert.deepEqual(await findings(page), [], 'a new password');
    await page.getByRole('button', { name: 'Set password' }).press('Enter');
    await page.getByText('Your password is set').waitFor();
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.getByLabel('Username or email').fill(name);
    await page.getByLabel('Password', { exact: true }).fill('correct horses');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { name: 'Decks', exact: true }).waitFor();
    await close();
  });
});
