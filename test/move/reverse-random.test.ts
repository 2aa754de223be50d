import assert from 'node:assert/strict';
import { test } from 'node:test';
import type pg from 'pg';
import { openReverse } from '../../src/move/follow/reverse.ts';
import { servers } from './library.ts';
import { pairOf, rowsOn } from './reverse-pair.ts';

/** Mulberry32: the same course for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const IDS = 16;
const CLIENTS = 5;
const STEPS = 320;

/** A statement of an application, often one that meets rows, values and keys others have. */
function statement(pick: (below: number) => number): string {
  const id = (): number => 1 + pick(IDS);
  const email = (): string => `'e${pick(30)}'`;
  const day = (): string => `'202${5 + pick(2)}-0${1 + pick(9)}-01 00:00:00.00000${pick(10)}+00'`;
  const all: (() => string)[] = [
    () => `INSERT INTO member (email, nick, level) VALUES (${email()}, 'n${pick(20)}', ${pick(2)})`,
    () =>
      `INSERT INTO member (id, email, weight) VALUES (${id()}, ${email()}, ${pick(100)} / 7.0) ON CONFLICT (id) DO UPDATE SET email = excluded.email`,
    () => `UPDATE member SET email = ${email()}, joined_at = ${day()} WHERE id = ${id()}`,
    () => `UPDATE member SET id = ${id()} WHERE id = ${id()}`,
    () =>
      `WITH swap AS (SELECT id, lag(email, 1, 'x' || id) OVER (ORDER BY id) AS e FROM member WHERE id < ${id()}) UPDATE member SET email = 't' || swap.e || member.id FROM swap WHERE swap.id = member.id`,
    () => `DELETE FROM member WHERE id = ${id()} AND NOT EXISTS (SELECT 1 FROM visit WHERE member_id = member.id)`,
    () =>
      `INSERT INTO nest (id, parent_id, member_id, name) SELECT ${id()}, (SELECT min(id) FROM nest), (SELECT max(id) FROM member), 'n' ON CONFLICT DO NOTHING`,
    () => `UPDATE nest SET parent_id = (SELECT max(id) FROM nest WHERE id < ${id()}), name = name || 'x' WHERE id = ${id()}`,
    () => `DELETE FROM nest WHERE id = ${id()}`,
    () => `INSERT INTO visit (member_id, seen_at, note) SELECT id, ${day()}, 'v' FROM member WHERE id < ${id()}`,
    () => `UPDATE visit SET seen_at = ${day()}, note = note || 'x' WHERE member_id = ${id()}`,
    () =>
      `UPDATE visit SET member_id = (SELECT max(id) FROM member WHERE id < ${id()}) WHERE id < ${id()} AND EXISTS (SELECT 1 FROM member WHERE id < 1)`,
    () => `DELETE FROM visit_${pick(2)} WHERE id % 3 = ${pick(3)}`,
    () => `INSERT INTO reading VALUES ('\\x0${pick(4)}', ${day()}, ${pick(3)} / 3.0, ${pick(2) === 1}, 1) ON CONFLICT DO NOTHING`,
    () => `UPDATE reading SET factor = factor + 0.1, amount = amount + 1 WHERE sensor = '\\x0${pick(4)}'`,
    () =>
      `SET LOCAL session_replication_role = replica; DELETE FROM reading WHERE amount > 1; SET LOCAL session_replication_role = origin`,
    () => (pick(4) === 0 ? 'TRUNCATE reading' : pick(4) === 0 ? 'TRUNCATE visit_1' : 'SELECT 1'),
    () =>
      `DO $$ BEGIN BEGIN INSERT INTO member (email) VALUES (${email()}); EXCEPTION WHEN unique_violation THEN NULL; END; UPDATE member SET visits = coalesce(visits, 0) + 1 WHERE id = ${id()}; END $$`,
  ];
  return (all[pick(all.length)] as () => string)();
}

interface Session {
  readonly client: pg.Client;
  isOpen: boolean;
  savepoints: number;
}

/** One step of a session: begin, write, make or undo a savepoint, commit or roll back. Whoever is in another's way gives up. */
async function step(session: Session, pick: (below: number) => number): Promise<void> {
  const { client } = session;
  const end = async (how: string): Promise<void> => {
    await client.query(how);
    session.isOpen = false;
    session.savepoints = 0;
  };
  try {
    if (!session.isOpen) {
      await client.query(
        `BEGIN ISOLATION LEVEL ${pick(4) === 0 ? 'REPEATABLE READ' : 'READ COMMITTED'}; SET LOCAL lock_timeout = 30`,
      );
      session.isOpen = true;
    }
    const what = pick(20);
    if (what < 4) await end('COMMIT');
    else if (what === 4) await end('ROLLBACK');
    else if (what < 7) await client.query(`SAVEPOINT s${session.savepoints++}`);
    else if (what === 7 && session.savepoints > 0) await client.query(`ROLLBACK TO s${pick(session.savepoints)}`);
    else if (what === 8 && session.savepoints > 0) {
      const released = pick(session.savepoints);
      await client.query(`RELEASE s${released}`);
      session.savepoints = released;
    } else {
      const sql = statement(pick);
      await client.query(sql);
      // Its lock keeps everybody from reading the table, the carrier included.
      if (sql.startsWith('TRUNCATE')) await end('COMMIT');
    }
  } catch {
    if (session.savepoints > 0 && pick(2) === 0) await client.query(`ROLLBACK TO s${session.savepoints - 1}`);
    else await end('ROLLBACK');
  }
}

for (const target of servers()) {
  for (const seed of [1, 2]) {
    test(`${target.name}: T-51 T-61 after every carry SQLite is PostgreSQL, whatever overlapping transactions do (course ${seed})`, {
      skip: target.skip,
    }, async (t) => {
      const pick = numbers(seed);
      const pair = await pairOf(t, target, { partitioning: seed % 2 === 0 ? 'hash' : 'range' });
      const sessions: Session[] = [];
      for (let n = 0; n < CLIENTS; n++) sessions.push({ client: await pair.client(), isOpen: false, savepoints: 0 });
      await pair.run(
        `INSERT INTO member (id, email) SELECT n, 'e' || n FROM generate_series(1, ${IDS}) AS n;
         INSERT INTO nest (id, member_id, name) SELECT n, n, 'n' FROM generate_series(1, ${IDS}) AS n;
         INSERT INTO visit (member_id, seen_at, note) SELECT n, '2025-06-01+00', 'v' FROM generate_series(1, ${IDS}) AS n;
         SELECT setval('member_id_seq', ${IDS}), setval('nest_id_seq', ${IDS})`,
      );
      let carrier = await openReverse(pair.options);
      t.after(() => carrier.close());
      await carrier.claim('one');
      await carrier.prepare();
      let carried = 0;
      for (let n = 0; n < STEPS; n++) {
        await step(sessions[pick(CLIENTS)] as Session, pick);
        if (pick(8) !== 0) continue;
        carried += (await carrier.carry()).keys;
        assert.deepEqual(await rowsOn(pair, 'sqlite'), await rowsOn(pair, 'postgres'), `course ${seed}, step ${n}`);
        if (pick(3) === 0) assert.deepEqual((await carrier.verifyKeys()).differences, []);
        if (pick(6) === 0) await carrier.prune();
        if (pick(10) === 0) {
          await carrier.close();
          carrier = await openReverse(pair.options);
          await carrier.claim('next');
          await carrier.prepare();
        }
      }
      for (const { client } of sessions) await client.query('ROLLBACK');
      await carrier.carry();
      await carrier.setSequences();
      assert.deepEqual(await rowsOn(pair, 'sqlite'), await rowsOn(pair, 'postgres'));
      assert.deepEqual((await carrier.verifyKeys()).differences, []);
      assert.deepEqual(await carrier.lag(), { keys: 0 });
      assert.ok(carried > 100, `${carried} keys carried`);
    });
  }
}
