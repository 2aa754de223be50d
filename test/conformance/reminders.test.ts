import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { mailBySmtp } from '../../src/services/mail.ts';
import { sendReminders } from '../../src/services/reminders.ts';
import { everydayEngines, type Target } from '../support/database.ts';
import { openFresh } from '../support/fresh.ts';
import { startMailServer } from '../support/mail-server.ts';
import { type Service, startService } from './client.ts';

const SITE = 'https://cards.example.org';

/** A server with mail, whose clock stands at 09:00 UTC on 1 March 2026, and a student with two cards that are due from tomorrow on. */
async function begin(target: Target) {
  const mail = await startMailServer();
  const place = await target.withTables();
  const service = await startService(place, { SMTP_URL: mail.url, MAIL_FROM: 'FlashCase <cards@example.org>', PUBLIC_URL: SITE });
  const token = await service.signUp('anna');
  const say = async (method: string, path: string, json?: object) => {
    const answer = await service.call(method, `/api/v1/${path}`, { token, json });
    assert.ok(answer.status < 300, answer.text);
    return answer.body;
  };
  await say('PUT', 'study/settings', { scheduler: 'sm2' });
  const deck = await say('POST', 'decks/', { name: 'Torts' });
  for (const front of ['a', 'b']) {
    const card = await say('POST', 'cards/', { deck_id: deck.id, front, back: 'x' });
    await say('POST', `study/review/${card.id}`, { quality: 4 });
  }
  const send = mailBySmtp({ url: mail.url, from: 'FlashCase <cards@example.org>' });
  const failures: unknown[] = [];
  return {
    ...{ mail, place, service, token, deck, say, failures },
    remind: (database: Service['database'] = service.database) =>
      sendReminders(database, send, SITE, { onFailure: (error) => failures.push(error) }),
    async end() {
      await service.close();
      await mail.stop();
      await place.drop();
    },
  };
}

const HOUR = 3600;

for (const target of everydayEngines()) {
  describe(`reminders by mail on ${target.name}`, { skip: target.skip }, () => {
    test('come once a day at the time of the student’s zone, only where cards are due, and end by the link of a mail', async () => {
      const { mail, service, say, remind, end } = await begin(target);
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
        assert.match(text, /2 cards are due:\s+Torts: 2\s/);
        assert.match(text, /List-Unsubscribe-Post: List-Unsubscribe=One-Click/);
        // Who moves is reminded by the clocks there.
        await say('PUT', 'study/settings', { time_zone: 'America/New_York' });
        assert.equal((await say('GET', 'study/reminder')).next_at, '2026-03-03T00:30:00');

        const off = /https:\/\/cards\.example\.org(\/api\/v1\/study\/reminder\/off\?token=[\w-]+)/.exec(text)?.[1] ?? '';
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

    test('two servers at once send one mail; a mail server that is down is tried again, three times, and nobody gets two', async () => {
      const { mail, place, service, say, remind, failures, end } = await begin(target);
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
          service.clock.advance(16 * 60);
        }
        assert.deepEqual(await remind(), { sent: 0, failed: 0 });
        assert.match(String(failures[0]), /the queue is full/);
        mail.refuse(false);
        service.clock.advance(22 * HOUR);
        assert.deepEqual(await remind(), { sent: 1, failed: 0 });
        assert.equal(mail.mails.length, 2);
        // After a long time off the moment has passed.
        service.clock.advance(30 * HOUR);
        assert.deepEqual(await remind(), { sent: 0, failed: 0 });
      } finally {
        await beside.close();
        await end();
      }
    });

    test('a wrong time is refused by name; who is disabled or gone gets no mail', async () => {
      const { mail, service, token, say, remind, end } = await begin(target);
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
