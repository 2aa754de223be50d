// slow
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { KyselyPlugin } from 'kysely';
import type { Session } from '../../src/db/database.ts';
import { insertQuarantined } from '../../src/db/stores/quarantine.ts';
import { countFound, findCards } from '../../src/db/stores/search-cards.ts';
import { makeSearchIndex, SEARCH_INDEX, searchIndexDamage } from '../../src/db/stores/search-index.ts';
import { findUser, type User } from '../../src/db/stores/users.ts';
import { restore } from '../../src/ops/quarantine.ts';
import type { StoredCell } from '../../src/schema/stored-cell.ts';
import { parseQuery } from '../../src/search/query.ts';
import { changeNote } from '../../src/services/change-note.ts';
import { checkSearch, rebuildSearch, settleSearch } from '../../src/services/search-upkeep.ts';
import { everydayEngines, withCitus } from '../support/database.ts';
import { type Service, startService } from './client.ts';

/** Long enough for the other to come to where it must wait; where it does not wait, it is done by then. */
const MEANWHILE_MS = 400;
const RIGHT = { cards: 3, wrong: 0, dead: 0, damage: null };

/** A session that keeps the strings its queries are given. */
function listening(session: Session, heard: string[]): Session {
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => {
      JSON.stringify(node, (_, value) => {
        if (typeof value === 'string') heard.push(value);
        return typeof value === 'bigint' ? String(value) : value;
      });
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  const kysely = session.kysely.withPlugin(plugin);
  return Object.create(session, { kysely: { value: kysely } }) as Session;
}

for (const target of withCitus(everydayEngines())) {
  describe(`the search and those who write meanwhile, on ${target.name}`, { skip: target.skip }, () => {
    const onService = (work: (service: Service, token: string, anna: User) => Promise<void>) => async () => {
      const place = await target.withTables();
      try {
        const service = await startService(place);
        try {
          const token = await service.signUp('anna');
          await service.call('POST', '/api/v1/decks/', { token, json: { name: 'Torts' } });
          for (const [front, back] of [
            ['Negligence', 'Breach of a duty'],
            ['Nuisance', 'Use of land'],
          ])
            await service.call('POST', '/api/v1/cards/', { token, json: { deck_id: 1, front, back } });
          const fields = [
            { name: 'Front', value: 'Proximate cause' },
            { name: 'Back', value: 'Foreseeable harm' },
          ];
          await service.call('POST', '/api/v1/notes/', { token, json: { deck_id: 1, type: 'basic', fields, tags: ['mbe'] } });
          await makeSearchIndex(service.database.engine, false);
          const anna = await service.database.read((session) => findUser(session, { username: 'anna' }));
          await work(service, token, anna as User);
        } finally {
          await service.close();
        }
      } finally {
        await place.drop();
      }
    };
    const idsOf = async ({ call }: Service, token: string, q: string): Promise<number[]> => {
      const { status, body, text } = await call('GET', `/api/v1/search/?q=${encodeURIComponent(q)}`, { token });
      assert.equal(status, 200, text);
      return body.cards.map((card: { id: number }) => card.id);
    };

    for (const [name, upkeep] of [
      ['settled', settleSearch],
      ['rebuilt', rebuildSearch],
    ] as const)
      test(
        `a tag that is changed while the search is ${name} is found afterwards`,
        onService(async (service, token, anna) => {
          const { database } = service;
          await database.write(({ kysely }) => kysely.deleteFrom('search_card').where('card_id', '=', 3n).execute());
          let other: Promise<unknown> | undefined;
          await database.write(async (session) => {
            await changeNote(session, anna, 1n, { tags: ['later'] });
            other = upkeep(database);
            await delay(MEANWHILE_MS);
          });
          await other;
          assert.deepEqual(await checkSearch(database), RIGHT);
          assert.deepEqual([await idsOf(service, token, 'tag:later'), await idsOf(service, token, 'tag:mbe')], [[3], []]);
        }),
      );

    test(
      'a tag, a note’s card and a search row that come back from the quarantine are found as they are now',
      onService(async (service, token) => {
        const { database, clock } = service;
        const integer = (value: bigint): StoredCell => ({ kind: 'integer', value });
        const text = (value: string): StoredCell => ({ kind: 'text', bytes: Buffer.from(value) });
        const aside: readonly (readonly [string, Record<string, StoredCell>])[] = [
          ['note_tag', { note_id: integer(1n), tag: text('mbe') }],
          ['search_card', { card_id: integer(1n), words: text('d1 fold'), card_updated_at: text(clock.now().text) }],
        ];
        await database.write(async ({ kysely, connection }) => {
          await kysely.deleteFrom('note_tag').execute();
          await kysely.updateTable('search_card').set({ words: 'd1 fproximate' }).where('card_id', '=', 3n).execute();
          await kysely.deleteFrom('search_card').where('card_id', '=', 1n).execute();
          for (const [table, row] of aside)
            await insertQuarantined(connection, {
              table,
              key: row,
              row,
              reason: 'orphan',
              detail: 'test',
              runId: table,
              at: clock.now(),
            });
        });
        assert.deepEqual(await idsOf(service, token, 'tag:mbe'), []);
        for (const id of [1n, 2n]) await restore(database, id);
        assert.deepEqual([await idsOf(service, token, 'tag:mbe'), await idsOf(service, token, 'negligence')], [[3], [1]]);
        assert.deepEqual(await checkSearch(database), RIGHT);
      }),
    );

    test(
      'words that must not be there, or stand beside an OR, are looked up in the decks asked only, also where these are many',
      onService(async (service, token, anna) => {
        const { call, database, clock } = service;
        const ask = async (text: string, deckIds: readonly bigint[]): Promise<[bigint[], string[]]> => {
          const { query } = parseQuery(text);
          assert.ok(query !== undefined);
          const asked = { userId: anna.id, query, deckIds, decksNamed: () => [], now: clock.now(), leechThreshold: 8 };
          const heard: string[] = [];
          const found = await database.read(async (session) => {
            const heardBy = listening(session, heard);
            const { cards } = await findCards(heardBy, asked, 'oldest', undefined, 50);
            assert.equal(await countFound(heardBy, asked, 100), cards.length, text);
            return cards.map(({ id }) => id);
          });
          return [found, heard.filter((one) => one.includes('fduty'))];
        };
        const queries: readonly (readonly [string, readonly bigint[]])[] = [
          ['-duty', [2n, 3n]],
          ['duty OR is:suspended', [1n]],
          ['-(duty OR is:suspended)', [2n, 3n]],
          ['is:new -(duty land)', [1n, 2n, 3n]],
        ];
        for (const [text, ids] of queries) {
          const [found, matches] = await ask(text, [1n]);
          assert.deepEqual(found, ids, text);
          assert.ok(matches.length > 0 && matches.every((match) => /\bd1\b/.test(match)), `${text}: ${matches.join(' | ')}`);
        }
        for (let n = 0; n < 101; n++) await call('POST', '/api/v1/decks/', { token, json: { name: `Deck ${n}` } });
        for (const [text, ids] of queries) {
          assert.deepEqual(
            (
              await ask(
                text,
                Array.from({ length: 102 }, (_, n) => BigInt(n + 1)),
              )
            )[0],
            ids,
            text,
          );
          assert.deepEqual(await idsOf(service, token, text), ids.map(Number), text);
        }
      }),
    );

    test(
      'a full-text index that is gone or was interrupted is told, and a rebuild makes it while searches have the old one',
      { skip: target.name === 'sqlite' ? 'FTS5 has no such state' : false },
      onService(async (service, token) => {
        const { database } = service;
        const { engine } = database;
        const script = (sql: string) => engine.dedicated((connection) => connection.script(sql));
        const valid = async () =>
          (await engine.dedicated((connection) =>
            connection.query(
              `SELECT i.relname AS index_name, x.indisvalid AS is_valid FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
               WHERE i.relname LIKE '${SEARCH_INDEX}%' ORDER BY i.relname`,
            ),
          )) as { index_name: string; is_valid: boolean }[];
        const whole = [{ index_name: SEARCH_INDEX, is_valid: true }];
        assert.deepEqual(await valid(), whole);
        await script(`UPDATE pg_index SET indisvalid = false WHERE indexrelid = '${SEARCH_INDEX}'::regclass`);
        assert.match((await searchIndexDamage(engine)) ?? '', /is not whole/);
        assert.deepEqual(await idsOf(service, token, 'duty'), [1], 'found all the same');
        assert.equal(await rebuildSearch(database), 0);
        assert.deepEqual([await valid(), await checkSearch(database)], [whole, RIGHT]);
        await script(`DROP INDEX ${SEARCH_INDEX}`);
        assert.match((await searchIndexDamage(engine)) ?? '', /is not there/);
        await rebuildSearch(database);
        assert.deepEqual([await valid(), await checkSearch(database)], [whole, RIGHT]);

        // What is open keeps the new index in the middle of its making.
        await engine.dedicated(async (reader) => {
          await reader.script('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1 FROM search_card');
          const rebuilt = rebuildSearch(database);
          const building = 'SELECT 1 AS one FROM pg_stat_progress_create_index WHERE datname = current_database()';
          while ((await database.read(({ connection }) => connection.query(building))).length === 0) await delay(20);
          assert.deepEqual((await valid())[0], whole[0], 'the old one is there');
          await assert.rejects(rebuildSearch(database), { code: 'FC_DB_BUSY' });
          await reader.script('COMMIT');
          await rebuilt;
        });
        assert.deepEqual(await valid(), whole);
      }),
    );
  });
}
