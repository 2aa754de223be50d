// slow
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { buildApp } from '../../src/http/app.ts';
import { openFresh, settingsFor } from '../support/fresh.ts';
import { populate, type Student } from '../support/load-population.ts';
import { startReplicaSite } from '../support/replica-site.ts';
import { embeddedPostgresBin } from '../support/servers.ts';

const SESSIONS = 50;
const PAIRS = 10_000;
/** How far the replica is behind, in turns: well within what a read waits, around it, and far beyond. */
const LAGS = ['20ms', '200ms', '5s'];
/** Each lag lasts for so many pairs. */
const TURN = 1000;

test('10 000 writes, each read at once by who wrote it, with a replica that lags by 20 ms to 5 s and is killed in the middle: no read is stale, none fails', {
  timeout: 1_800_000,
}, async (t) => {
  const site = await startReplicaSite(embeddedPostgresBin());
  t.after(() => site.end());
  const fresh = await openFresh({ url: site.primary.url });
  const students = await populate(fresh, { students: SESSIONS, deckSizes: [1] });
  await fresh.close();
  const opened = [await site.open(), await site.open()];
  const apps = await Promise.all(
    opened.map(({ database }) => buildApp({ database, settings: settingsFor({ url: site.primary.url }), hasLog: false })),
  );
  for (const server of opened) await server.using(1);
  const call = async (at: number, { token }: Student, url: string, json?: object) => {
    const answer = await (apps[at % apps.length] as (typeof apps)[number]).inject({
      method: json === undefined ? 'GET' : 'POST',
      url: `/api/v1${url}`,
      headers: { authorization: `Bearer ${token}` },
      ...(json === undefined ? {} : { payload: json }),
    });
    assert.ok(answer.statusCode < 300, `${url}: ${answer.statusCode} ${answer.body}`);
    return answer.json();
  };
  let begun = 0;
  let lag = '';
  const counts: Record<string, number> = {};
  const setLag = async (): Promise<void> => {
    const wanted = LAGS[Math.floor(begun / TURN) % LAGS.length] as string;
    if (wanted === lag) return;
    lag = wanted;
    await site.onStandby(`ALTER SYSTEM SET recovery_min_apply_delay = '${wanted}'`).catch(() => {});
    await site.onStandby('SELECT pg_reload_conf()').catch(() => {});
  };
  await Promise.all(
    students.map(async (student, session) => {
      let added = (await call(session, student, '/stats/cards')).new as number;
      while (begun < PAIRS) {
        const pair = begun++;
        await setLag();
        if (pair === Math.floor(PAIRS * 0.7)) await site.standby.kill();
        const word = `word${pair}x`;
        // Written by one server, read from the other.
        await call(pair, student, '/cards/', { deck_id: Number(student.decks[0]?.id), front: word, back: 'rule' });
        added++;
        if (pair % 2 === 0)
          assert.equal((await call(pair + 1, student, `/search/?q=${word}`)).cards.length, 1, `stale search, lag ${lag}`);
        else assert.equal((await call(pair + 1, student, '/stats/cards')).new, added, `stale figure, lag ${lag}`);
        if (pair % 1000 === 0) await delay(1);
      }
    }),
  );
  for (const server of opened) for (const outcome of server.outcomes()) counts[outcome] = (counts[outcome] ?? 0) + 1;
  t.diagnostic(`${PAIRS} pairs: ${JSON.stringify(counts)}`);
  assert.ok((counts.replica ?? 0) > 0 && (counts.behind ?? 0) > 0 && (counts.away ?? 0) > 0, JSON.stringify(counts));
  for (const app of apps) await app.close();
});
