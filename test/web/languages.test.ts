// slow
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { findings } from './axe.ts';
import { makeDeck, notHere, openSite, PHONE, type Site, signUp, visit } from './browser.ts';

describe('languages of the page', { skip: notHere }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site.stop());

  it('German and French are chosen at the door and in the account, stay after a reload, and fit a phone', async () => {
    const { page } = await visit(site, PHONE);
    const check = async (where: string) => {
      assert.deepEqual(await findings(page), [], where);
      const [wide, screen] = await page.evaluate<number[]>('[document.documentElement.scrollWidth, window.innerWidth]');
      assert.ok(wide! <= screen!, `${where}: nothing sticks out`);
    };
    await page.goto('/sign-in');
    await page.getByRole('radio', { name: 'Deutsch' }).check();
    await page.getByRole('heading', { name: 'Anmelden' }).waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), 'de');
    await check('the door in German');
    await page.reload();
    await page.getByRole('heading', { name: 'Anmelden' }).waitFor();
    await page.getByRole('radio', { name: 'English' }).check();
    await signUp(page);
    await page.goto('/account');
    await page.getByRole('radio', { name: 'Deutsch' }).check();
    await page.getByRole('heading', { name: 'Konto', exact: true }).waitFor();
    const long = (language: string) => new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' });
    assert.match(
      (await page.locator('.facts').first().textContent()) ?? '',
      new RegExp(`\\d+\\. \\p{L}+ ${long('de').format().slice(-4)}`, 'u'),
    );
    await check('the account in German');
    await page.getByRole('radio', { name: 'Français' }).check();
    await page.getByRole('heading', { name: 'Compte', exact: true }).waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), 'fr');
    await check('the account in French');
    await page.reload();
    await page.getByRole('heading', { name: 'Compte', exact: true }).waitFor();
  });

  it('in German toasts, refusals, tables and numbers are German, and cards are in no language of the page', async () => {
    const { page, complaints, close } = await visit(site);
    await signUp(page);
    const deck = await makeDeck(page, 'Torts', [['duty', 'breach']]);
    await page.goto('/account');
    await page.getByRole('radio', { name: 'Deutsch' }).check();
    await page.getByRole('heading', { name: 'Konto', exact: true }).waitFor();
    await page.goto(deck);
    const row = page.locator('.card-row');
    await row.locator('.card-text[lang=""]').first().waitFor();
    await row.getByRole('button', { name: /^Bearbeiten/ }).click();
    await row.getByLabel('Vorderseite').fill('duty of care');
    await row.getByRole('button', { name: 'Speichern' }).click();
    await page.locator('.toast').getByText('Karte gespeichert.').waitFor();
    await page.goto('/browse?q=(duty&sort=due');
    await page
      .getByText('Diese ( wird nicht geschlossen (Zeichen 1: (). Schreibe ) hinter die Wörter, die zusammengehören.')
      .waitFor();
    assert.deepEqual(await page.getByLabel('Reihenfolge').locator('option').allTextContents(), [
      'Beste Treffer',
      'Neueste zuerst',
      'Älteste zuerst',
      'Zuletzt bearbeitet zuerst',
      'Fällige zuerst',
    ]);
    await page.goto('/account/security');
    await page.getByLabel('Jetziges Passwort').fill('not it');
    await page.getByLabel('Neues Passwort', { exact: true }).fill('long enough');
    await page.getByRole('button', { name: 'Passwort ändern' }).click();
    await page.getByText('Das aktuelle Passwort stimmt nicht').waitFor();
    await page.goto(`${deck}/notes/new`);
    await page.getByLabel('Typ', { exact: true }).selectOption({ label: 'Lückentext' });
    await page.getByLabel('Text', { exact: true }).fill('A tort needs a duty.');
    await page.getByText('Noch keine Lücke: Schreibe {{c1::a word}} um das').waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  it('for who has chosen none the browser’s language decides, the first that the page speaks; a choice counts more', async () => {
    const swiss = await visit(site, { ...PHONE, locale: 'de-CH' });
    await swiss.page.goto('/sign-in');
    await swiss.page.getByRole('heading', { name: 'Anmelden' }).waitFor();
    assert.equal(await swiss.page.locator('html').getAttribute('lang'), 'de');
    await swiss.page.getByRole('radio', { name: 'English' }).check();
    await swiss.page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await swiss.page.reload();
    await swiss.page.getByRole('heading', { name: 'Sign in' }).waitFor();
    assert.deepEqual(swiss.complaints, []);
    await swiss.close();
    const brazilian = await visit(site, { ...PHONE, locale: 'pt-BR' });
    await brazilian.page.goto('/sign-in');
    await brazilian.page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await brazilian.close();
  });
});
