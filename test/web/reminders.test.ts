// slow
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '../../src/db/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { settingsFor } from '../support/fresh.ts';
import { type Received, startMailServer } from '../support/mail-server.ts';
import { findings } from './axe.ts';
import { DESKTOP, notHere, openSite, PHONE, type Site, signUp, visit } from './browser.ts';

describe('reminders on the page', { skip: notHere }, () => {
  let site: Site;
  let mail: { url: string; mails: Received[]; stop(): Promise<void> };
  before(async () => {
    mail = await startMailServer();
    site = await openSite(undefined, (port) => ({
      SMTP_URL: mail.url,
      MAIL_FROM: 'FlashCase <cards@example.org>',
      PUBLIC_URL: `http://127.0.0.1:${port}`,
    }));
  });
  after(async () => {
    await site.stop();
    await mail.stop();
  });

  /** As it stands in a mail of this student's. */
  async function tokenOf(username: string): Promise<string> {
    const database = openDatabase(settingsFor(site.place), systemClock());
    try {
      return await database.read(async ({ kysely }) => {
        const kept = await kysely
          .selectFrom('reminder')
          .innerJoin('user', 'user.id', 'reminder.user_id')
          .select('off_token')
          .where('username', '=', username)
          .executeTakeFirstOrThrow();
        return kept.off_token;
      });
    } finally {
      await database.close();
    }
  }

  for (const [name, options] of [
    ['desktop, light', { ...DESKTOP, colorScheme: 'light' }],
    ['phone, dark', { ...PHONE, colorScheme: 'dark' }],
  ] as const)
    it(`are set under Account, and ended there or by the link of a mail, with one click and without signing in: ${name}`, async () => {
      const { page, complaints, close } = await visit(site, options);
      const username = await signUp(page);
      await page.goto('/account');
      await page.getByLabel('Time').fill('07:15');
      await page.getByRole('button', { name: 'Remind me', exact: true }).click();
      await page.getByText('You are reminded at 07:15.').waitFor();
      assert.deepEqual(await findings(page), []);
      await page.reload();
      await page.getByText('You are reminded at 07:15.').waitFor();
      await page.getByRole('button', { name: 'Remind me no more' }).click();
      await page.getByText('You are reminded at').waitFor({ state: 'detached' });
      // The button is gone; what came of it is said, and read on from.
      await page.locator('p:focus', { hasText: 'You are reminded no more.' }).waitFor();
      await page.getByRole('button', { name: 'Remind me', exact: true }).click();
      await page.getByText('You are reminded at 07:15.').waitFor();
      await page.reload();
      await page.getByRole('button', { name: 'Change the time' }).click();
      await page.getByText('Saved. You are reminded at 07:15.').waitFor();

      const elsewhere = await visit(site, options);
      await elsewhere.page.goto(`/reminder-off#${await tokenOf(username)}`);
      await elsewhere.page.getByText('Do you want no more mails').waitFor();
      assert.deepEqual(await findings(elsewhere.page), []);
      assert.equal(new URL(elsewhere.page.url()).hash, '');
      // Opening it changes nothing.
      await page.reload();
      await page.getByText('You are reminded at 07:15.').waitFor();
      await elsewhere.page.getByRole('button', { name: 'Remind me no more' }).click();
      await elsewhere.page.getByText('You get no more reminders.').waitFor();
      await page.reload();
      await page.getByRole('button', { name: 'Remind me', exact: true }).waitFor();
      assert.deepEqual([...complaints, ...elsewhere.complaints], []);
      await elsewhere.close();
      await close();
    });
});
