// slow
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ADMIN, makeAdmin } from '../support/move-admin.ts';
import { findings } from './axe.ts';
import { DESKTOP, notHere, openSite, PHONE, type Site, signIn, signUp, visit } from './browser.ts';

const PASSWORD = 'correct horse';

describe('the account on the page', { skip: notHere }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
    await makeAdmin({ file: site.place.url.replace('sqlite:///', '') });
  });
  after(() => site.stop());

  for (const [screen, options, colorScheme] of [
    ['desktop', DESKTOP, 'light'],
    ['phone', PHONE, 'dark'],
  ] as const)
    it(`devices, the password and API tokens on the page: ${screen}, ${colorScheme}`, async () => {
      const here = await visit(site, { ...options, colorScheme });
      const elsewhere = await visit(site);
      const { page } = here;
      const check = async (where: string) => assert.deepEqual(await findings(page), [], where);
      const name = await signUp(page);
      await elsewhere.page.goto('/sign-in');
      await signIn(elsewhere.page, name);
      await elsewhere.page.getByRole('heading', { name: 'Decks', exact: true }).waitFor();

      await page.goto('/account');
      await page.getByRole('link', { name: /^Security/ }).press('Enter');
      await page.getByText('This one').waitFor();
      await page.getByText('New API token').focus();
      await page.keyboard.press('Enter');
      await page.getByLabel('What it is for').fill('My script');
      await page.getByLabel('Study', { exact: false }).check();
      await page.getByRole('form', { name: 'New API token' }).getByLabel('Your password').fill('not this one');
      await page.getByRole('button', { name: 'Make token' }).press('Enter');
      await page.getByText('The current password is not right').waitFor();
      await check('security, a token refused');
      await page.getByRole('form', { name: 'New API token' }).getByLabel('Your password').fill(PASSWORD);
      await page.getByRole('button', { name: 'Make token' }).press('Enter');
      const token = await page.locator('code').textContent();
      const asked = await fetch(`${site.url}/api/v1/decks/`, { headers: { authorization: `Bearer ${token}` } });
      assert.equal(asked.status, 200);
      await check('security, with a new token');
      await page.getByRole('button', { name: 'I have it' }).click();
      await page.getByRole('button', { name: 'Revoke … My script' }).click();
      await page.getByRole('button', { name: 'Revoke', exact: true }).click();
      await page.getByText('My script', { exact: true }).waitFor({ state: 'detached' });

      await page.getByRole('button', { name: 'Sign out everywhere else …' }).press('Enter');
      await check('security, about to sign out elsewhere');
      await page.getByRole('button', { name: 'Sign out everywhere else', exact: true }).press('Enter');
      await page.getByText('1 login ended.').waitFor();
      await elsewhere.page.goto('/browse');
      await elsewhere.page.getByRole('heading', { name: 'Sign in' }).waitFor();

      await page.getByLabel('Current password').fill(PASSWORD);
      await page.getByLabel('New password', { exact: true }).fill('correct horses');
      await page.getByRole('button', { name: 'Change password' }).press('Enter');
      await page.getByText('Your password is changed').waitFor();
      await page.goto('/');
      await page.getByRole('heading', { name: 'Decks', exact: true }).waitFor();
      assert.deepEqual([...here.complaints, ...elsewhere.complaints], []);
      await here.close();
      await elsewhere.close();
    });

  for (const [screen, options, colorScheme] of [
    ['desktop', DESKTOP, 'dark'],
    ['phone', PHONE, 'light'],
  ] as const)
    it(`an administrator finds people, lets them in and out, and deletes an account: ${screen}, ${colorScheme}`, async () => {
      const admin = await visit(site, { ...options, colorScheme });
      const anna = await visit(site);
      const { page } = admin;
      const check = async (where: string) => assert.deepEqual(await findings(page), [], where);
      const name = await signUp(anna.page);
      await page.goto('/sign-in');
      await page.getByLabel('Username or email').fill(ADMIN.username);
      await page.getByLabel('Password', { exact: true }).fill(ADMIN.password);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.getByRole('heading', { name: 'Decks', exact: true }).waitFor();
      await page.goto('/account');
      await page.getByRole('link', { name: 'People' }).press('Enter');
      await page.getByLabel('Find by name or address').fill(name.toUpperCase());
      await page.getByText('More about', { exact: false }).nth(1).waitFor({ state: 'detached' });
      await page.getByText(`More about ${name}`).focus();
      await page.keyboard.press('Enter');
      await page.getByText('0 decks').waitFor();
      await page.getByRole('button', { name: `Make a link for a new password of ${name}` }).press('Enter');
      await page.getByText('Hand this link').waitFor();
      await check('people, one looked at');
      await page.getByRole('button', { name: `Let in no more … ${name}` }).press('Enter');
      await page.getByRole('button', { name: 'Let in no more', exact: true }).press('Enter');
      await page.getByText('not let in').waitFor();
      await anna.page.goto('/browse');
      await anna.page.getByRole('heading', { name: 'Sign in' }).waitFor();
      await page.getByRole('button', { name: `Let in again ${name}` }).press('Enter');
      await page.getByText('not let in').waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Delete account' }).press('Enter');
      await page.getByText(`Type ${name}, please.`).waitFor();
      await page.getByLabel('Type the name').fill(name);
      await page.getByRole('button', { name: 'Delete account' }).press('Enter');
      await page.getByText('Nobody of this name.').waitFor();
      await check('people, nobody found');
      await page.goto('/account/security');
      const saved = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Download everything' }).press('Enter');
      assert.equal((await saved).suggestedFilename(), 'flashcase-account.zip');
      assert.deepEqual([...admin.complaints, ...anna.complaints], []);
      await admin.close();
      await anna.close();
    });

  it('somebody deletes their own account with their password, and cannot sign in any more', async () => {
    const { page, close } = await visit(site, PHONE);
    const name = await signUp(page);
    await page.goto('/account/security');
    await page.getByText('Delete my account for good').press('Enter');
    await page.getByLabel('Your password, to delete the account').fill(PASSWORD);
    assert.deepEqual(await findings(page), [], 'about to delete the account');
    await page.getByRole('button', { name: 'Delete my account', exact: true }).press('Enter');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await signIn(page, name);
    await page.getByText('Incorrect username or password').waitFor();
    await close();
  });
});
