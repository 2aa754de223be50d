import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Connection } from '../../../src/engine/engine.ts';
import { FlashcaseError } from '../../../src/errors/index.ts';
import { diff } from '../../../src/revisions/diff.ts';
import { renamesOf } from '../../../src/revisions/renames.ts';
import type { Revision } from '../../../src/revisions/revision.ts';
import { downgrade, upgrade } from '../../../src/revisions/run.ts';
import { autogenerate } from '../../../src/revisions/source/autogenerate.ts';
import { EMPTY, replay } from '../../../src/revisions/state.ts';
import { describeStep } from '../../../src/revisions/step.ts';
import { type Schema, schema, type Table, type View } from '../../../src/schema/index.ts';
import { everydayEngines } from '../../support/database.ts';
import { type Bench, openBench } from '../own-schema.ts';

/** A query and the rows it must give, each as a list of texts, in order. */
export type Look = readonly [sql: string, rows: readonly (readonly (string | null)[])[]];

export interface Story {
  readonly title: string;
  readonly from: Schema;
  readonly to: Schema;
  /** The steps that must be found, in words. */
  readonly words: readonly string[];
  /** Statements that put rows in, before. */
  readonly rows?: readonly string[];
  readonly after?: Look;
  /** After the way back. */
  readonly back?: Look;
  /** After going forward again; as `after` where it is left out. */
  readonly again?: Look;
  /** The change must be refused on every engine with this in its words, and change nothing. */
  readonly refused?: RegExp;
  readonly drops?: readonly string[];
}

/** Tables, and views where there are some, as a model. */
export function model(tables: readonly Table[], views: readonly View[] = []): Schema {
  return schema(Object.fromEntries(tables.map((table) => [table.name, table])), views);
}

/** `label: text`, as short as the words of a step. */
export const step = (table: string, ...changes: readonly string[]): string => `change table ${table}: ${changes.join(', ')}`;

const asText = (value: unknown): string | null => (value === null ? null : String(value));

/** The first revision makes `from`, the second is what autogenerate finds from there to `to`. */
export function revisionsOf({ from, to, drops }: Pick<Story, 'from' | 'to' | 'drops'>): [Revision, Revision] {
  const first = { id: '0001', name: 'from', ...autogenerate(EMPTY, from) };
  return [first, { id: '0002', name: 'to', ...autogenerate(replay([first]), to, drops) }];
}

/**
 * Each story is told on every engine with rows: the steps found, up, nothing left to find, the database the same as one made new, back to
 * exactly what was, and forward again. Each leaves its database empty for the next one; after a failure that has a database of its own.
 */
export function tell(about: string, stories: readonly Story[]): void {
  for (const target of everydayEngines().filter(({ name }) => !name.includes('pgbouncer'))) {
    describe(`${about} on ${target.name}`, { skip: target.skip }, () => {
      let bench: Awaited<ReturnType<typeof openBench>> | undefined;
      after(() => bench?.close());
      for (const story of stories)
        test(story.title, async () => {
          bench ??= await openBench(target);
          try {
            const { direct, engine, run } = bench;
            // One connection for all looks: a new one each was a third of the time.
            await direct((connection) => play(story, { engine, run, connection }));
            assert.deepEqual(await bench.ledger(), []);
          } catch (error) {
            await bench.close();
            bench = undefined;
            throw error;
          }
        });
    });
  }
}

async function play(
  story: Story,
  { engine, run, connection }: Pick<Bench, 'engine' | 'run'> & { connection: Connection },
): Promise<void> {
  const [first, second] = revisionsOf(story);
  assert.deepEqual(second.upgrade.map(describeStep), story.words);
  const form = () => engine.introspect(connection);
  const look = async (wanted: Look | undefined): Promise<void> => {
    if (wanted === undefined) return;
    const found = (await connection.query(wanted[0])).map((row) => Object.values(row).map(asText));
    assert.deepEqual(found, wanted[1]);
  };

  await upgrade(run([first]));
  for (const sql of story.rows ?? []) await connection.query(sql);
  const before = await form();
  if (story.refused !== undefined) {
    const wanted = story.refused;
    await assert.rejects(upgrade(run([first, second])), (error: unknown) => {
      assert.ok(error instanceof FlashcaseError, String(error));
      assert.match(error.toText(), wanted);
      return true;
    });
    assert.deepEqual(await form(), before, 'a refused revision leaves everything');
    await downgrade(run([first, second]), 'base');
    return;
  }
  await upgrade(run([first, second]));
  await look(story.after);
  const after = replay([first, second]);
  for (const round of ['once', 'twice'])
    assert.deepEqual(diff(after, story.to, renamesOf(after, story.to)), [], `something is found ${round} more`);
  const changed = await form();

  await downgrade(run([first, second]), '0001');
  assert.deepEqual(await form(), before, 'the way back does not lead back');
  await look(story.back);
  await upgrade(run([first, second]));
  assert.deepEqual(await form(), changed, 'forward again is somewhere else');
  await look(story.again ?? story.after);

  await downgrade(run([first, second]), 'base');
  assert.deepEqual(await form(), []);
  const anew: Revision = { id: '0001', name: 'anew', ...autogenerate(EMPTY, story.to) };
  await upgrade(run([anew]));
  assert.deepEqual(await form(), changed, 'an upgraded database is not what a new one is');
  await downgrade(run([anew]), 'base');
  assert.deepEqual(await form(), []);
}
