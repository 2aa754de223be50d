// slow
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { findings } from './axe.ts';
import { DESKTOP, notHere, openSite, PHONE, type Site, signIn, signUp, visit } from './browser.ts';

const PASSWORD = 'correct horse';

describe('the account on the page', { skip: notHere }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
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
      await page.getByLabel('Your password').last().fill('not this one');
      await page.getByRole('button', { name: 'Make token' }).press('Enter');
      await page.getByText('The current password is not right').waitFor();
      await check('security, a token refused');
      await page.getByLabel('Your password').last().fill(PASSWORD);
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
});
