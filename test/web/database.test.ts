// slow
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { systemClock } from '../../src/db/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { register } from '../../src/services/accounts.ts';
import { engines } from '../support/database.ts';
import { settingsFor } from '../support/fresh.ts';
import { ADMIN } from '../support/move-admin.ts';
import { findings } from './axe.ts';
import { DESKTOP, notHere, openSite, PHONE, type Site, signIn, signUp, type Visit, visit } from './browser.ts';

/** A folder for pictures of every state, for somebody who wants to look. */
const pictures = process.env.FLASHCASE_PICTURES;
const SCREENS = [DESKTOP, PHONE].flatMap((screen) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ ...screen, colorScheme })),
);

for (const target of engines().slice(0, 2)) {
  describe(`the page of the database (${target.name})`, { skip: notHere || target.skip }, () => {
    let site: Site;
    const visits: Visit[] = [];

    before(async () => {
      site = await openSite(target);
      const database = openDatabase(settingsFor(site.place), systemClock());
      await register(database, { ...ADMIN, email: 'admin@law.edu', isAdmin: true });
      await database.engine.dedicated((connection) => connection.script('DROP INDEX ix_deck_name'));
      await database.close();
    });
    after(() => site.stop());

    it(`is there for administrators only, says what to do on every screen, in light and dark, and follows (${target.name})`, async () => {
      const { page: student, close } = await visit(site);
      await signUp(student);
      assert.equal(await student.getByRole('link', { name: 'Database' }).count(), 0);
      await student.goto('/database');
      await student.getByRole('heading', { name: 'There is no such page' }).waitFor();
      await close();
      for (const options of SCREENS) {
        const opened = await visit(site, options);
        await opened.page.goto('/database');
        await signIn(opened.page, ADMIN.username);
        visits.push(opened);
      }
      for (const [i, { page }] of visits.entries()) {
        await page.getByText('The index ix_deck_name of deck is not there').waitFor();
        await page.getByText(/^CREATE INDEX .*"ix_deck_name" ON "deck"/).waitFor();
        await page
          .getByRole('region', { name: 'Tables', exact: true })
          .getByRole('rowheader', { name: 'study_log', exact: true })
          .waitFor();
        assert.deepEqual(await findings(page), [], `screen ${i}`);
        const isWide = await page
          .locator('html')
          .evaluate((html: { scrollWidth: number; clientWidth: number }) => html.scrollWidth > html.clientWidth);
        assert.equal(isWide, false, `screen ${i}: it scrolls sideways`);
        if (pictures !== undefined)
          await page.screenshot({ path: join(pictures, `database-${target.name}-${i}.png`), fullPage: true });
      }
      const database = openDatabase(settingsFor(site.place), systemClock());
      await database.engine.dedicated((connection) => connection.script('CREATE INDEX ix_deck_name ON deck (name)'));
      await database.close();
      const [{ page, complaints }] = visits as [Visit];
      await page.getByText('The index ix_deck_name of deck is not there').waitFor({ state: 'detached' });
      assert.deepEqual(complaints, []);
    });
  });
}
