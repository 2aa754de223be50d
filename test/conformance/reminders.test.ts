import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { reminderSender } from '../../src/http/remind.ts';
import { deleteAccount, removeClosedAccounts } from '../../src/services/delete-account.ts';
import { tidy } from '../../src/services/housekeeping.ts';
import { MailFailure, mailBySmtp, type SendMail } from '../../src/services/mail.ts';
import { sendReminders } from '../../src/services/reminders.ts';
import { everydayEngines, type Target, withCitus } from '../support/database.ts';
import { openFresh } from '../support/fresh.ts';
import { startMailServer } from '../support/mail-server.ts';
import { type Service, startService } from './client.ts';

const SITE = 'https://cards.example.org';
const FROM = 'FlashCase <cards@example.org>';

/** A student with cards that are due from tomorrow on, at nine. */
async function begin({ call, signUp }: Service, username: string, fronts: readonly string[]) {
  const token = await signUp(username);
  const say = async (method: string, path: string, json?: object) => {
    const answer = await call(method, `/api/v1/${path}`, { token, json });
    assert.ok(answer.status < 300, answer.text);
    return answer.body;
  };
  await say('PUT', 'study/settings', { scheduler: 'sm2' });
  const deck = await say('POST', 'decks/', { name: 'Torts' });
  const cards: number[] = [];
  for (const front of fronts) {
    const card = await say('POST', 'cards/', { deck_id: deck.id, front, back: 'x' });
    await say('POST', `study/review/${card.id}`, { quality: 4 });
    cards.push(card.id);
  }
  return { token, say, deck, cards };
}

/** A server with mail, whose clock stands at 09:00 UTC on 1 March 2026, and a student with two cards that are due from tomorrow on. */
async function open(target: Target) {
  const mail = await startMailServer();
  const place = await target.withTables();
  const service = await startService(place, { SMTP_URL: mail.url, MAIL_FROM: FROM, PUBLIC_URL: SITE });
  const anna = await begin(service, 'anna', ['a', 'b']);
  const send = mailBySmtp({ url: mail.url, from: FROM });
  const failures: unknown[] = [];
  return {
    ...{ mail, place, service, failures, ...anna },
    remind: (database: Service['database'] = service.database, sender: SendMail = send) =>
      sendReminders(database, sender, SITE, { onFailure: (error) => failures.push(error) }),
    async end() {
      await service.close();
      await mail.stop();
      await place.drop();
    },
  };
}

const HOUR = 3600;
const MINUTE = 60;

const idIn = (text: string): string | undefined => /^Message-ID: (.+)$/im.exec(text)?.[1]?.trim();
const offIn = (text: string): string =>
  /https:\/\/cards\.example\.org(\/api\/v1\/study\/reminder\/off\?token=[\w-]+)/.exec(text)?.[1] ?? '';

for (const target of withCitus(everydayEngines())) {
  describe(`reminders by mail on ${target.name}`, { skip: target.skip }, () => {
    test('come once a day at the time of the student’s zone, only where cards are due, and end by the link of a mail', async () => {
      const { mail, service, say, remind, end } = await open(target);
      try {
        assert.deepEqual(await say('GET', 'study/reminder'), { time: null, next_at: null, mails: true });
        await say('PUT', 'study/settings', { time_zone: 'Europe/Berlin' });
        const kept = await say('PUT', 'study/reminder', { time: '19:30' });
        assert.deepEqual(kept, { time: '19:30', next_at: '2026-03-01T18:30:00', mails: true });
        assert.deepEqual(await remind(), { sent: 0, failed: 0 });
        // At half past seven nothing is due yet; the next day both are.
        service.clock.advance(10 * HOUR);
        assert.deepEqual(await remind(), { sent: 0, failed: 0 });
        assert.equal((await say('GET', 'study/reminder')).next_at, '2026-03-02T18:30:00');
        service.clock.advance(24 * HOUR);
        assert.deepEqual(await remind(), { sent: 1, failed: 0 });
        assert.deepEqual(await remind(), { sent: 0, failed: 0 });
        const [{ to, text } = { to: [], text: '' }] = mail.mails;
        assert.deepEqual(to, ['anna@law.edu']);
        assert.match(text, /Subject: 2 cards to review/);
        assert.match(text, /2 cards in one deck are due\./);
        assert.match(text, /List-Unsubscribe-Post: List-Unsubscribe=One-Click/);
        // Who moves is reminded by the clocks there, and not twice within a day: half past seven in New York is six hours later.
        await say('PUT', 'study/settings', { time_zone: 'America/New_York' });
        assert.equal((await say('GET', 'study/reminder')).next_at, '2026-03-04T00:30:00');

        const off = offIn(text);
        assert.match(text, /reminder-off#[\w-]{20,}/);
        // Looking is not leaving: programs look at every link of a mail.
        assert.equal((await service.call('GET', off)).status, 405);
        assert.equal((await say('GET', 'study/reminder')).time, '19:30');
        assert.equal((await service.call('POST', '/api/v1/study/reminder/off?token=of-nobody')).status, 204);
        assert.equal((await say('GET', 'study/reminder')).time, '19:30');
        assert.equal((await service.call('POST', off, { form: { 'List-Unsubscribe': 'One-Click' } })).status, 204);
        assert.equal((await say('GET', 'study/reminder')).time, null);
      } finally {
        await end();
      }
    });

    test('an address gets one a day, and none once a link of a mail has ended them, whatever its account sets, also after it was deleted and made anew', async () => {
      const { mail, service, token, say, remind, end } = await open(target);
      const { call, clock, database, signUp, app } = service;
      const set = (who: string, time: string) => call('PUT', '/api/v1/study/reminder', { token: who, json: { time } });
      const idOf = async (username: string) =>
        (
          await database.read(({ kysely }) =>
            kysely.selectFrom('user').select('id').where('username', '=', username).executeTakeFirstOrThrow(),
          )
        ).id;
      try {
        await say('PUT', 'study/reminder', { time: '08:00' });
        clock.advance(24 * HOUR);
        assert.deepEqual(await remind(), { sent: 1, failed: 0 });
        for (const time of ['09:05', '09:15']) {
          assert.equal((await set(token, time)).body.next_at, `2026-03-03T${time}:00`);
          clock.advance(10 * MINUTE);
          assert.deepEqual(await remind(), { sent: 0, failed: 0 });
          await say('DELETE', 'study/reminder');
          assert.equal((await say('GET', 'study/reminder')).time, null);
        }
        await deleteAccount(database, await idOf('anna'));
        await removeClosedAccounts(database);
        assert.equal((await database.read(({ kysely }) => kysely.selectFrom('user').select('id').execute())).length, 0);
        const again = await signUp('anna');
        assert.equal((await set(again, '09:30')).body.next_at, '2026-03-03T09:30:00', 'another account, the same address');

        // By a link of the first mail, which was to the account before.
        assert.equal((await call('POST', offIn(mail.mails[0]?.text ?? ''))).status, 204);
        assert.equal((await call('GET', '/api/v1/study/reminder', { token: again })).body.time, null);
        const refused = await set(again, '19:30');
        assert.deepEqual([refused.status, refused.body.code], [409, 'FC_CONFLICT'], refused.text);
        await deleteAccount(database, await idOf('anna'));
        const carl = await signUp('carl');
        await set(carl, '10:00');
        await deleteAccount(database, await idOf('carl'));
        clock.advance(40 * 24 * HOUR);
        await tidy(database);
        const left = await database.read(({ kysely }) => kysely.selectFrom('reminder').select('user_id').execute());
        assert.deepEqual(left, [{ user_id: null }], 'of Carl, who was never mailed, nothing');
        assert.equal((await set(await signUp('anna'), '19:30')).status, 409);

        // Whoever gets the mail of the address has them again.
        await call('POST', '/api/v1/auth/password-resets', { json: { name: 'anna@law.edu' } });
        await Promise.all(app.underway);
        const reset = mail.mails.at(-1)?.text ?? '';
        assert.doesNotMatch(reset, /Hello anna/, 'a name may be a text to a stranger');
        const json = { token: /reset-password#([\w-]{43})/.exec(reset)?.[1], password: 'password-2' };
        assert.equal((await call('POST', '/api/v1/auth/password-resets/use', { json })).status, 204);
        const form = { username: 'anna', password: 'password-2' };
        const owner = (await call('POST', '/api/v1/auth/login', { form })).body.access_token;
        assert.equal((await set(owner, '19:30')).body.time, '19:30');
      } finally {
        await end();
      }
    });

    test('say nothing that somebody wrote, count what the day still asks for, and leave decks out that a moderator hid', async () => {
      const { mail, service, say, deck, cards, remind, end } = await open(target);
      const { clock, database } = service;
      try {
        clock.advance(24 * HOUR);
        await say('PUT', 'study/settings', { reviews_per_day: 1 });
        await say('POST', `study/review/${cards[0]}`, { quality: 4 });
        await say('PUT', 'study/reminder', { time: '10:00' });
        clock.advance(2 * HOUR);
        // One is due, and the one of the day is done.
        assert.deepEqual(await remind(), { sent: 0, failed: 0 });
        await say('PUT', 'study/settings', { reviews_per_day: 2 });
        await say('PUT', 'study/reminder', { time: '12:00' });
        clock.advance(HOUR);
        assert.deepEqual(await remind(), { sent: 1, failed: 0 });
        const [{ text } = { text: '' }] = mail.mails;
        assert.match(text, /Subject: 1 card to review/);
        assert.match(text, /Hello,\s+1 card in one deck is due\./);
        assert.doesNotMatch(text.replaceAll('anna@law.edu', ''), /Torts|anna/);

        const hide = (hidden_at: unknown) =>
          database.write(async ({ kysely }) => {
            await kysely.updateTable('user_deck').set({ is_owner: false }).where('deck_id', '=', BigInt(deck.id)).execute();
            await kysely
              .updateTable('deck')
              .set({ hidden_at: hidden_at as null })
              .where('id', '=', BigInt(deck.id))
              .execute();
          });
        await hide(clock.now());
        clock.advance(24 * HOUR);
        assert.deepEqual(await remind(), { sent: 0, failed: 0 });
        await hide(null);
        clock.advance(24 * HOUR);
        assert.deepEqual(await remind(), { sent: 1, failed: 0 });
      } finally {
        await end();
      }
    });

    test('two servers at once send one mail; a mail server that wants it later is asked again, three times, and nobody gets two', async () => {
      const { mail, place, service, say, remind, failures, end } = await open(target);
      const beside = await openFresh(place, service.clock);
      try {
        await say('PUT', 'study/reminder', { time: '08:00' });
        service.clock.advance(24 * HOUR);
        const both = await Promise.all([remind(), remind(beside)]);
        assert.equal(both[0].sent + both[1].sent, 1);
        assert.equal(mail.mails.length, 1);

        mail.refuse(true);
        service.clock.advance(24 * HOUR);
        for (let tries = 1; tries <= 4; tries++) {
          assert.deepEqual(await remind(), { sent: 0, failed: 1 }, String(tries));
          assert.deepEqual(await remind(), { sent: 0, failed: 0 });
          service.clock.advance(16 * MINUTE);
        }
        assert.deepEqual(await remind(), { sent: 0, failed: 0 });
        assert.match(String(failures[0]), /the queue is full/);
        mail.refuse(false);
        service.clock.advance(22 * HOUR);
        assert.deepEqual(await remind(), { sent: 1, failed: 0 });
        assert.equal(mail.mails.length, 2);
        // Who sets another time while a mail is refused is reminded then, and not a quarter of an hour later.
        service.clock.advance(24 * HOUR);
        const refused = await remind(undefined, async () => {
          await say('PUT', 'study/reminder', { time: '23:00' });
          throw new MailFailure('later', new Error('the queue is full'));
        });
        assert.deepEqual(refused, { sent: 0, failed: 1 });
        assert.match((await say('GET', 'study/reminder')).next_at, /T23:00:00$/);
        // After a long time off the moment has passed.
        service.clock.advance(9 * 24 * HOUR);
        assert.deepEqual(await remind(), { sent: 0, failed: 0 });
      } finally {
        await beside.close();
        await end();
      }
    });

    test('one student whose reminder cannot be made, and a mail that is refused or perhaps taken, stop nobody else’s and are not sent twice', async () => {
      const { mail, service, say, remind, failures, end } = await open(target);
      const { clock, database } = service;
      try {
        const ben = await begin(service, 'ben', ['c']);
        for (const student of [say, ben.say]) await student('PUT', 'study/reminder', { time: '08:00' });
        const zone = (time_zone: string) =>
          database.write(({ kysely }) =>
            kysely
              .updateTable('study_settings')
              .set({ time_zone })
              .where('user_id', 'in', (eb) => eb.selectFrom('user').select('id').where('username', '=', 'anna'))
              .execute(),
          );
        // As on a server whose tables of zones are older.
        await zone('Mars/Olympus');
        clock.advance(24 * HOUR);
        assert.deepEqual(await remind(), { sent: 1, failed: 1 });
        assert.match(String(failures[0]), /Mars\/Olympus/);
        assert.deepEqual(
          mail.mails.map(({ to }) => to),
          [['ben@law.edu']],
        );
        assert.deepEqual(await remind(), { sent: 0, failed: 0 });
        assert.equal((await say('GET', 'study/reminder')).next_at, '2026-03-03T08:00:00');
        await zone('UTC');

        for (const [how, taken] of [
          ['never', 1],
          ['nothing', 3],
        ] as const) {
          clock.advance(24 * HOUR);
          mail.refuse(how);
          assert.deepEqual(await remind(), { sent: 0, failed: 2 }, how);
          assert.equal(mail.mails.length, taken, how);
          mail.refuse(false);
          clock.advance(16 * MINUTE);
          assert.deepEqual(await remind(), { sent: 0, failed: 0 }, how);
        }

        // Once more is the same mail, and another day's is another.
        clock.advance(24 * HOUR);
        mail.refuse('later');
        await remind();
        mail.refuse(false);
        clock.advance(16 * MINUTE);
        assert.deepEqual(await remind(), { sent: 2, failed: 0 });
        const ids = mail.offered.map(({ text }) => idIn(text));
        assert.deepEqual(ids.slice(-4, -2).toSorted(), ids.slice(-2).toSorted());
        assert.equal(new Set(ids).size, ids.length - 2, ids.join());
      } finally {
        await end();
      }
    });

    test('a mail server that cannot be reached costs nobody a try: they come when it is back', async () => {
      const { mail, service, say, remind, end } = await open(target);
      const { clock } = service;
      const gone = await startMailServer();
      await gone.stop();
      try {
        const others = [await begin(service, 'ben', ['c']), await begin(service, 'carl', ['d'])];
        for (const student of [say, ...others.map((other) => other.say)])
          await student('PUT', 'study/reminder', { time: '08:30' });
        clock.advance(24 * HOUR);
        for (const url of [gone.url, mail.url.replace('p%40ss', 'wrong')]) {
          const down = mailBySmtp({ url, from: FROM });
          for (let minute = 0; minute < 6; minute++) {
            // It ends when two were not reached: the third waits with them.
            assert.deepEqual(await remind(undefined, down), { sent: 0, failed: 2 }, url);
            clock.advance(5 * MINUTE);
          }
        }
        assert.deepEqual(await remind(), { sent: 3, failed: 0 });
        assert.deepEqual(await remind(), { sent: 0, failed: 0 });
        assert.equal(mail.mails.length, 3);
      } finally {
        await end();
      }
    });

    test('a mail server that takes nothing is logged once, and again when it has worked in between', async () => {
      const { mail, service, say, end } = await open(target);
      const told: string[] = [];
      const log = { warn: (_: unknown, text: string) => told.push(text) } as unknown as Parameters<typeof reminderSender>[2];
      const run = reminderSender(service.database, service.app.settings, log, new AbortController().signal);
      assert.notEqual(run, undefined);
      try {
        await say('PUT', 'study/reminder', { time: '08:00' });
        for (const days of [1, 2]) {
          service.clock.advance(24 * HOUR);
          mail.refuse(true);
          for (let tries = 0; tries < 2; tries++) {
            assert.deepEqual(await run?.(), { sent: 0, failed: 1 });
            service.clock.advance(16 * MINUTE);
          }
          assert.equal(told.length, days, told.join());
          mail.refuse(false);
          assert.deepEqual(await run?.(), { sent: 1, failed: 0 });
          // Back to the hour it began at.
          service.clock.advance(-32 * MINUTE);
        }
      } finally {
        await end();
      }
    });

    test('a wrong time is refused by name; who is disabled or gone gets no mail', async () => {
      const { mail, service, token, say, remind, end } = await open(target);
      try {
        for (const time of ['24:00', '9:30', 'noon', '12:60'])
          assert.equal((await service.call('PUT', '/api/v1/study/reminder', { token, json: { time } })).status, 422, time);
        await say('PUT', 'study/reminder', { time: '08:00' });
        await service.database.write(({ kysely }) =>
          kysely.updateTable('user').set({ is_active: false }).where('username', '=', 'anna').execute(),
        );
        service.clock.advance(24 * HOUR);
        assert.deepEqual(await remind(), { sent: 0, failed: 0 });
        await service.database.write(({ kysely }) =>
          kysely.updateTable('user').set({ is_active: true }).where('username', '=', 'anna').execute(),
        );
        await say('DELETE', 'study/reminder');
        service.clock.advance(24 * HOUR);
        assert.deepEqual(await remind(), { sent: 0, failed: 0 });
        assert.deepEqual(mail.mails, []);
      } finally {
        await end();
      }
    });
  });
}
