// slow
import assert from 'node:assert/strict';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../src/db/clock.ts';
import type { Database, Session } from '../../src/db/database.ts';
import { removePeer } from '../../src/db/peer.ts';
import { findSides } from '../../src/db/sides.ts';
import { findUser, insertUser } from '../../src/db/stores/users.ts';
import { openSwitchingDatabase, type SwitchingOptions } from '../../src/db/switching-database.ts';
import { FlashcaseError } from '../../src/errors/index.ts';
import { settleFile } from '../../src/ops/backup/clean-up.ts';
import { installationState } from '../../src/ops/prepare.ts';
import { recordReview } from '../../src/services/study.ts';
import { engines, newestServers, type Place } from '../support/database.ts';
import { openFresh, settingsFor } from '../support/fresh.ts';
import { HandMove } from '../support/hand-move.ts';
import { populate, type Student } from '../support/load-population.ts';
import { startProxy } from '../support/proxy.ts';

const [sqliteTarget, ...postgresTargets] = newestServers(engines());

let users = 0;
/** A unit of work that adds a user; it answers with the engine it ran on. */
const addUser = async (session: Session): Promise<string> => {
  const username = `user_${++users}`;
  await insertUser(session, { username, email: `${username}@law.edu`, hashed_password: 'x' });
  return session.engine.name;
};
/** Asks something, so that it takes a server that answers. */
const engineName = async ({ engine, connection }: Session): Promise<string> => {
  await connection.query('SELECT 1 AS one');
  return engine.name;
};
const countUsers = async ({ kysely }: Session): Promise<number> =>
  Number(
    (
      await kysely
        .selectFrom('user')
        .select(({ fn }) => fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow()
    ).n,
  );
const hasCode = (code: string) => (error: unknown) => error instanceof FlashcaseError && error.code === code;

/** Waits for something that another part of the process does by itself. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await delay(5);
}

for (const target of postgresTargets) {
  describe(`a database over SQLite and ${target.name}`, { skip: target.skip }, () => {
    let places: [Place, Place];
    let move: HandMove;
    let student: Student;
    let open: Database[];
    let notes: string[];
    before(async () => {
      places = [await (sqliteTarget as NonNullable<typeof sqliteTarget>).fresh(), await target.fresh()];
      const made = await openFresh(places[0]);
      [student] = (await populate(made, { students: 1, deckSizes: [3] })) as [Student];
      await made.close();
      move = await HandMove.begin(...places);
    });
    after(async () => {
      await move.end();
      for (const place of places) await place.drop();
    });
    beforeEach(() => {
      open = [];
      notes = [];
    });
    // Each test begins with SQLite as the primary, level and named.
    afterEach(async () => {
      for (const database of open) await database.close();
      await move.home();
    });
    const start = async (
      side: 'sqlite' | 'postgres' = 'sqlite',
      options: SwitchingOptions = {},
      more = {},
    ): Promise<Database> => {
      const database = await openSwitchingDatabase(settingsFor(move[side], more), systemClock(), {
        onNote: (line) => notes.push(line),
        ...options,
      });
      open.push(database);
      return database;
    };

    test('writes and reads turn with the switch, there and back, and lose nothing', async () => {
      const database = await start();
      const [there, back] = [await start(), await start()];
      for (let round = 0; round < 2; round++) {
        assert.equal(await database.write(addUser), 'sqlite');
        let held: Promise<string> | undefined;
        await move.cutover(async (step) => {
          if (step === 'held') held = database.write(addUser);
        });
        assert.equal(await held, 'postgres');
        assert.equal(await there.read(engineName), 'postgres');
        assert.equal(database.engine.name, 'postgres');
        await move.rollback(async (step) => {
          if (step === 'held') held = database.write(addUser);
        });
        assert.equal(await held, 'sqlite');
        assert.equal(await back.read(engineName), 'sqlite');
      }
      assert.equal(await database.read(countUsers), 1 + 6);
    });

    test('reads do not wait while writes are held, and none is answered by the side that has moved', async () => {
      const [database, other] = [await start(), await start()];
      const sides: string[] = [];
      const look = async (): Promise<void> => {
        sides.push(await database.read(engineName));
      };
      await move.cutover(look);
      // The other process writes as soon as it is decided; this one must see it.
      await other.write(addUser);
      assert.equal(await database.read(countUsers), await other.read(countUsers));
      await move.rollback(look);
      await other.write(addUser);
      assert.equal(await database.read(countUsers), await other.read(countUsers));
      assert.deepEqual(sides, ['sqlite', 'sqlite', 'postgres', 'postgres', 'postgres', 'sqlite']);
    });

    test('a read that runs through a switch ends where it began', async () => {
      const database = await start();
      let goOn = () => {};
      const reading = database.read(async (session) => {
        await countUsers(session);
        await new Promise<void>((resolve) => (goOn = resolve));
        return [session.engine.name, await countUsers(session)];
      });
      const before = await database.read(countUsers);
      await move.cutover();
      await database.write(addUser);
      goOn();
      assert.deepEqual(await reading, ['sqlite', before]);
    });

    test('a start on the side that does not serve comes up on the one that does, and says which setting is out of date', async () => {
      const early = await start('postgres');
      assert.equal(early.engine.name, 'sqlite');
      assert.match(
        notes.join('\n'),
        /DATABASE_URL is out of date: it names .*test_.*, but the data has moved to \/.*flashcase\.db/,
      );
      await early.write(addUser);
      await move.cutover();
      notes.length = 0;
      const late = await start('sqlite');
      assert.equal(late.engine.name, 'postgres');
      assert.match(
        notes.join('\n'),
        /DATABASE_URL is out of date: it names \/.*flashcase\.db, but the data has moved to .*test_/,
      );
      assert.doesNotMatch(notes.join('\n'), /postgres:.*@/);
      notes.length = 0;
      const right = await start('postgres');
      assert.equal(right.engine.name, 'postgres');
      assert.deepEqual(notes, []);
      // All of them go back.
      await move.rollback();
      for (const database of [early, late, right]) assert.equal(await database.write(addUser), 'sqlite');
    });

    test('a gate that holds for longer than a write waits refuses with FC_GATE_HOLDING, reads go on, and the move is asked to recover', async () => {
      let recovered = 0;
      const database = await start('sqlite', {
        waitMs: 300,
        longMs: 50,
        recover: async () => {
          recovered++;
        },
      });
      await move.turn('sqlite', 'holding');
      await assert.rejects(database.write(addUser), hasCode('FC_GATE_HOLDING'));
      assert.equal(await database.read(engineName), 'sqlite');
      assert.ok(recovered > 0);
      await move.turn('sqlite', 'open');
      assert.equal(await database.write(addUser), 'sqlite');
    });

    test('a gate left holding by a killed switch is opened by recover, and the writes that wait go on', async () => {
      await move.turn('sqlite', 'holding');
      const database = await start('sqlite', { longMs: 20, recover: () => move.turn('sqlite', 'open') });
      assert.equal(await database.write(addUser), 'sqlite');
      // While it runs, too.
      await move.turn('sqlite', 'holding');
      assert.equal(await database.write(addUser), 'sqlite');
    });

    test('a cutover killed after its decision: reads are answered by PostgreSQL, writes wait until recover has opened it', async () => {
      const database = await start('sqlite', { longMs: 20, recover: () => move.turn('postgres', 'open') });
      await move.carry('postgres');
      await move.decide('postgres');
      assert.equal(await database.read(engineName), 'postgres');
      assert.equal(await database.write(addUser), 'postgres');
    });

    test('a rollback that PostgreSQL never heard of: the SQLite file decides, for writes and reads', async () => {
      await move.cutover();
      const [writer, reader] = [await start(), await start('postgres')];
      assert.equal(await writer.write(addUser), 'postgres');
      await move.turn('postgres', 'holding');
      await move.carry('sqlite');
      await move.decide('sqlite');
      assert.equal(await writer.write(addUser), 'sqlite');
      assert.equal(await reader.read(countUsers), await writer.read(countUsers));
    });

    test('a write that passed the gate before it was turned meets the fence and is run again on the side that took over', async () => {
      await move.cutover();
      const database = await start();
      const ranOn: string[] = [];
      let passed = () => {};
      const isPast = new Promise<void>((resolve) => (passed = resolve));
      let goOn = () => {};
      const isHeld = new Promise<void>((resolve) => (goOn = resolve));
      const before = await database.read(countUsers);
      const writing = database.write(async (session) => {
        ranOn.push(session.engine.name);
        passed();
        if (session.engine.name === 'postgres') await isHeld;
        return addUser(session);
      });
      await isPast;
      await move.rollback(async (step) => {
        if (step === 'held') goOn();
      });
      assert.equal(await writing, 'sqlite');
      assert.deepEqual([...new Set(ranOn)], ['postgres', 'sqlite']);
      assert.equal(await database.read(countUsers), before + 1);
    });

    test('a review that a switch stops half-way is recorded once, and its key finds it on both sides', async () => {
      const cardId = student.decks[0]?.cardIds[0] as bigint;
      await move.cutover();
      const database = await start();
      let passed = () => {};
      const isPast = new Promise<void>((resolve) => (passed = resolve));
      let goOn = () => {};
      const isHeld = new Promise<void>((resolve) => (goOn = resolve));
      const review = async (session: Session) => {
        const user = await findUser(session, { username: student.username });
        if (user === undefined) throw new Error('no student');
        passed();
        if (session.engine.name === 'postgres') await isHeld;
        return recordReview(session, user, cardId, { quality: 4, idempotencyId: `once-${target.name}` });
      };
      const reviewing = database.write(review);
      await isPast;
      await move.rollback(async (step) => {
        if (step === 'held') goOn();
      });
      const first = await reviewing;
      await move.cutover();
      // The client did not get the answer and asks again.
      assert.deepEqual(await database.write(review), first);
      const logs = await database.read(({ kysely }) => kysely.selectFrom('study_log').selectAll().execute());
      assert.equal(logs.filter(({ idempotency_id }) => idempotency_id === `once-${target.name}`).length, 1);
    });

    test('PostgreSQL out of reach at the moment of the switch: writes and reads wait for it, and none fails', async () => {
      const proxy = await startProxy(move.postgres.url);
      try {
        move.name(proxy.url);
        const database = await start();
        let waiting: Promise<unknown>[] = [];
        await move.cutover(async (step) => {
          if (step !== 'decided') return;
          proxy.cut();
          waiting = [database.write(addUser), database.read(engineName), database.read(engineName)];
        });
        proxy.restore();
        assert.deepEqual(await Promise.all(waiting), ['postgres', 'postgres', 'postgres']);
      } finally {
        for (const database of open.splice(0)) await database.close();
        await proxy.close();
      }
    });

    test('PostgreSQL out of reach for good: refused with FC_DB_UNREACHABLE; SQLite takes over again without it', async () => {
      const proxy = await startProxy(move.postgres.url);
      try {
        move.name(proxy.url);
        const database = await start('sqlite', { waitMs: 300 });
        await move.cutover();
        proxy.cut();
        await assert.rejects(database.read(engineName), hasCode('FC_DB_UNREACHABLE'));
        await assert.rejects(database.write(addUser), (error) => (error as FlashcaseError).retryable);
        await move.carry('sqlite');
        await move.decide('sqlite');
        assert.equal(await database.write(addUser), 'sqlite');
        assert.equal(await database.read(engineName), 'sqlite');
      } finally {
        for (const database of open.splice(0)) await database.close();
        await proxy.close();
      }
    });

    test('a network that swallows everything at the moment of the switch: statements time out, and are run again', async () => {
      const proxy = await startProxy(move.postgres.url);
      try {
        move.name(proxy.url);
        const database = await start('sqlite', {}, { DB_STATEMENT_TIMEOUT: '1', DB_POOL_TIMEOUT: '1' });
        let waiting: Promise<unknown>[] = [];
        await move.cutover(async (step) => {
          if (step === 'carried') proxy.stall();
          if (step === 'decided') waiting = [database.write(addUser), database.read(engineName)];
        });
        // Until the first statement has run into its limit.
        await until(() => proxy.givenUp() > 0);
        proxy.restore();
        assert.deepEqual(await Promise.all(waiting), ['postgres', 'postgres']);
      } finally {
        for (const database of open.splice(0)) await database.close();
        await proxy.close();
      }
    });

    test('a server that knew of no move turns when one is begun and switched while it runs', async () => {
      removePeer(move.sqlite.file);
      const database = await start();
      assert.equal(await database.write(addUser), 'sqlite');
      move.name();
      await move.cutover();
      assert.equal(await database.write(addUser), 'postgres');
    });

    test('a file that says moved, with nothing that says where to, is neither read nor written', async () => {
      const database = await start();
      removePeer(move.sqlite.file);
      await until(() => notes.some((line) => /The move has ended/.test(line)));
      await move.turn('sqlite', 'moved');
      await assert.rejects(database.write(addUser), hasCode('FC_GATE_MOVED'));
      await assert.rejects(database.read(engineName), hasCode('FC_GATE_MOVED'));
      await assert.rejects(start(), hasCode('FC_GATE_MOVED'));
    });

    test('an older file that is put back while PostgreSQL serves does not turn a running server to it', async () => {
      const database = await start();
      await move.cutover();
      assert.equal(await database.write(addUser), 'postgres');
      const setGate = (sql: string): void => {
        const file = new DatabaseSync(move.sqlite.file, { timeout: 5000 });
        file.exec(`UPDATE write_gate SET ${sql}`);
        file.close();
      };
      setGate("state = 'open', epoch = epoch - 1");
      assert.equal(await database.read(engineName), 'postgres');
      assert.equal(await database.write(addUser), 'postgres');
      assert.equal(notes.filter((note) => /older file/.test(note)).length, 1, notes.join());
      setGate("state = 'moved', epoch = epoch + 1");
      assert.equal(await database.write(addUser), 'postgres');
      await move.rollback();
      assert.equal(await database.write(addUser), 'sqlite');
    });

    test('two sides that both take writes are refused at the start, with both epochs', async () => {
      await move.turn('postgres', 'open');
      let recovered = 0;
      const recover = async (): Promise<void> => {
        recovered++;
      };
      for (const side of ['sqlite', 'postgres'] as const) {
        await assert.rejects(start(side, { recover }), (error) => {
          assert.ok(hasCode('FC_GATE_CONFLICT')(error));
          assert.match((error as FlashcaseError).why ?? '', /SQLite in epoch \d+, PostgreSQL in epoch \d+/);
          return true;
        });
      }
      assert.equal(recovered, 2);
    });

    test('PostgreSQL that has moved to a file on another machine is refused at the start, and read by no server that runs', async () => {
      await move.cutover();
      removePeer(move.sqlite.file);
      const away = `${move.sqlite.file}.away`;
      renameSync(move.sqlite.file, away);
      try {
        const database = await start('postgres');
        assert.equal(await database.write(addUser), 'postgres');
        await move.turn('postgres', 'moved');
        await assert.rejects(database.read(engineName), hasCode('FC_GATE_MOVED'));
        await assert.rejects(database.write(addUser), hasCode('FC_GATE_MOVED'));
        await assert.rejects(start('postgres'), hasCode('FC_GATE_MOVED'));
        await move.turn('postgres', 'open');
        assert.equal(await database.write(addUser), 'postgres');
      } finally {
        for (const database of open.splice(0)) await database.close();
        rmSync(move.sqlite.file, { force: true });
        renameSync(away, move.sqlite.file);
      }
    });

    test('after the end of a move the old setting still leads to PostgreSQL, and makes no new file', async () => {
      await move.cutover();
      const away = `${move.sqlite.file}.epoch9`;
      const running = await start();
      assert.equal(await running.read(engineName), 'postgres');
      renameSync(move.sqlite.file, away);
      try {
        const database = await start();
        assert.equal(database.engine.name, 'postgres');
        assert.equal(await running.write(addUser), 'postgres');
        const { serving, outdated } = await findSides(settingsFor(move.sqlite), systemClock());
        assert.equal(serving.database.engine, 'postgres');
        assert.match(outdated ?? '', /out of date/);
        assert.throws(() => renameSync(move.sqlite.file, `${away}.2`), /ENOENT/);
      } finally {
        for (const database of open.splice(0)) await database.close();
        renameSync(away, move.sqlite.file);
      }
    });

    test('a server whose settings name PostgreSQL brings a killed restore of the SQLite file to an end before anybody looks at that file', async () => {
      const { file } = move.sqlite;
      const away = `${file}.away`;
      const told: string[] = [];
      renameSync(file, away);
      writeFileSync(`${file}.restoring`, 'half of it');
      const database = await start('postgres', {
        async beforeFile(named) {
          assert.equal(named, file);
          renameSync(away, named);
          await settleFile(named, (line) => told.push(line));
        },
      });
      assert.match(told.join(), /cut off before it changed anything/);
      assert.equal(existsSync(`${file}.restoring`), false);
      assert.equal(await database.write(addUser), 'sqlite');
    });

    test('what /ready says: the engine and its gate; a switch that holds writes for a moment takes no server away', async () => {
      const database = await start();
      const ready = async () => {
        const { isReady, gate, engine } = await installationState(database);
        return { isReady, gate, engine };
      };
      assert.deepEqual(await ready(), { isReady: true, gate: 'open', engine: 'sqlite' });
      await move.cutover(async (step) => {
        if (step === 'held') assert.deepEqual(await ready(), { isReady: true, gate: 'holding', engine: 'sqlite' });
      });
      assert.deepEqual(await ready(), { isReady: true, gate: 'open', engine: 'postgres' });
    });
  });
}
