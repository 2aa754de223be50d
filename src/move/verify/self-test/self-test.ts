import type { Connection, Engine } from '../../../engine/engine.ts';
import { locationOf } from '../../../engine/postgres/engine.ts';
import { introspect } from '../../../engine/postgres/introspect.ts';
import { FlashcaseError } from '../../../errors/index.ts';
import type { Schema } from '../../../schema/table.ts';
import type { MoveEvents } from '../../move-events.ts';
import { hasBookkeeping } from '../../target/bookkeeping.ts';
import { openTarget } from '../../target/connect.ts';
import { compareTexts } from '../compare-text.ts';
import type { SourceView } from '../expected-rows.ts';
import { type TableVerdict, verifyTable } from '../find-differences.ts';
import { compareCatalog, sourceViewOf } from '../verify-move.ts';
import { type CatalogPlant, catalogPlants } from './catalog-damage.ts';
import { type Plant, rowPlants } from './row-damage.ts';
import { makeScratch, removeConstraints, SCRATCH_RUN, type Scratch } from './scratch.ts';

/** What is put to the test. A test of the self-test puts something worse in its place. */
export interface Verifier {
  /** By the way of comparing: the digests of `verify`, the texts of `--paranoid`. */
  readonly tables: Readonly<Record<string, typeof verifyTable>>;
  readonly catalog: typeof compareCatalog;
}

export const VERIFIER: Verifier = { tables: { digests: verifyTable, texts: compareTexts }, catalog: compareCatalog };

export interface KindOfDamage {
  readonly name: string;
  /** Places it was planted at, one at a time. */
  readonly planted: number;
  /** Places where it went unseen, and by which way of comparing. */
  readonly unseen: readonly { readonly place: string; readonly by: string }[];
}

export interface SelfTest {
  /** Every kind was seen at every place, and nothing was reported where nothing was planted. */
  readonly isPassed: boolean;
  readonly kinds: readonly KindOfDamage[];
  /** What was reported though nothing was planted. */
  readonly falseAlarms: readonly string[];
  /** Rows of the target that were in the copy. */
  readonly rows: number;
}

export interface SelfTestOptions {
  readonly schema: Schema;
  /** Without a pooler between. */
  readonly targetUrl: string;
  readonly events: MoveEvents;
  /** Rows taken from each table. */
  readonly rowsPerTable?: number;
  readonly verifier?: Verifier;
}

const ROWS_PER_TABLE = 100;
/** So small a table would be one bucket; told of more rows, the digests use many, as in a large one. */
const ROWS_TOLD_PER_ROW = 2000;

class Tester {
  readonly #target: Connection;
  readonly #scratch: Scratch;
  readonly #verifier: Verifier;
  readonly #kinds = new Map<string, { name: string; planted: number; unseen: { place: string; by: string }[] }>();
  #unchanged: Promise<SourceView> | undefined;
  readonly #engine: Pick<Engine, 'introspect'> = { introspect };

  constructor(target: Connection, scratch: Scratch, verifier: Verifier) {
    this.#target = target;
    this.#scratch = scratch;
    this.#verifier = verifier;
  }

  get kinds(): readonly KindOfDamage[] {
    return [...this.#kinds.values()];
  }

  async falseAlarms(): Promise<string[]> {
    const { schemaDifferences, sequenceProblems } = await this.#catalog();
    const alarms = [...schemaDifferences, ...sequenceProblems];
    const view = await this.#view();
    for (const [by, verify] of Object.entries(this.#verifier.tables)) {
      for (const { table } of this.#scratch.samples) {
        const { differences } = await verify(this.#target, view, table, undefined, () => {});
        alarms.push(...differences.map(({ key, column }) => `${table.name} ${key} ${column} (${by})`));
      }
    }
    return alarms;
  }

  async plantInCatalog(plant: CatalogPlant): Promise<void> {
    await this.#target.script(`SAVEPOINT planted; ${plant.sql}`);
    const { schemaDifferences, sequenceProblems } = await this.#catalog();
    const isSeen = [...schemaDifferences, ...sequenceProblems].some((line) => line.includes(plant.named));
    await this.#target.script(`ROLLBACK TO SAVEPOINT planted; RELEASE SAVEPOINT planted; ${plant.restore ?? ''}`);
    this.#count(plant, isSeen ? [] : ['schema']);
  }

  async plantInRows(plant: Plant): Promise<void> {
    await this.#target.script('SAVEPOINT planted');
    for (const { sql, values } of plant.statements) await this.#target.execute(sql, values);
    const view = plant.isAboutQuarantine === true ? await this.#readView() : await this.#view();
    const { table } = view.source(plant.table);
    const blind: string[] = [];
    for (const [by, verify] of Object.entries(this.#verifier.tables))
      if (!isNamed(plant, await verify(this.#target, view, table, undefined, () => {}))) blind.push(by);
    await this.#target.script('ROLLBACK TO SAVEPOINT planted; RELEASE SAVEPOINT planted');
    this.#count(plant, blind);
  }

  #count({ kind, place }: Pick<Plant, 'kind' | 'place'>, blind: readonly string[]): void {
    const entry = this.#kinds.get(kind) ?? { name: kind, planted: 0, unseen: [] };
    this.#kinds.set(kind, entry);
    entry.planted++;
    entry.unseen.push(...blind.map((by) => ({ place, by })));
  }

  #catalog(): ReturnType<typeof compareCatalog> {
    return this.#verifier.catalog(this.#engine, this.#target, this.#scratch.db, this.#scratch.schema);
  }

  /** The SQLite side stays as it is: read once, it serves every plant that leaves the quarantine alone. */
  #view(): Promise<SourceView> {
    this.#unchanged ??= this.#readView();
    return this.#unchanged;
  }

  async #readView(): Promise<SourceView> {
    const { schema, db } = this.#scratch;
    const view = await sourceViewOf(this.#target, db, { schema, sourceFile: 'the sample' }, { id: SCRATCH_RUN, decisions: [] });
    return {
      ...view,
      source: (name) => {
        const source = view.source(name);
        return { ...source, rows: source.rows * ROWS_TOLD_PER_ROW };
      },
    };
  }
}

const isNamed = (plant: Plant, { differing, differences }: TableVerdict): boolean =>
  differing > 0 && differences.some(({ table, column }) => table === plant.table && plant.columns.includes(column));

/**
 * Shows that the comparison can fail: copies some rows of every table of the target into a scratch schema, with the SQLite database they would have come
 * from, plants one damage after the other there, and asks the comparison of `verify` for each. The scratch schema is never committed: the target is not
 * changed, and nothing is left of it, also after a kill. Others may go on reading and writing. Throws `FC_MOVE_TARGET_UNFIT` where no move was made.
 */
export async function selfTest(options: SelfTestOptions): Promise<SelfTest> {
  const { schema, events, rowsPerTable = ROWS_PER_TABLE, verifier = VERIFIER } = options;
  const engine = openTarget(options.targetUrl);
  try {
    return await engine.dedicated(async (target) => {
      if (!(await hasBookkeeping(target)))
        throw new FlashcaseError('FC_MOVE_TARGET_UNFIT', {
          what: 'No move was made into this target.',
          where: locationOf(options.targetUrl),
          hint: 'Run flashcase move start or flashcase move run first, or correct --to.',
        });
      await target.script('BEGIN');
      let scratch: Scratch | undefined;
      try {
        events.phase('scratch', 'copying some rows of every table');
        scratch = await makeScratch(target, schema, rowsPerTable);
        const tester = new Tester(target, scratch, verifier);
        const falseAlarms = await tester.falseAlarms();
        const inCatalog = [...catalogPlants(scratch.samples)];
        const inRows = [...rowPlants(scratch.samples)];
        events.phase('plant', 'planting damage, one at a time');
        events.expect(inCatalog.length + inRows.length);
        for (const plant of inCatalog) {
          await tester.plantInCatalog(plant);
          events.rows('schema', 1);
        }
        await removeConstraints(target, scratch);
        for (const plant of inRows) {
          await tester.plantInRows(plant);
          events.rows(plant.table, 1);
        }
        const { kinds } = tester;
        return {
          isPassed: falseAlarms.length === 0 && kinds.every(({ unseen }) => unseen.length === 0),
          kinds,
          falseAlarms,
          rows: scratch.samples.reduce((sum, { table, rows }) => sum + (table.name in schema.tables ? rows.length : 0), 0),
        };
      } finally {
        scratch?.db.close();
        await target.script('ROLLBACK').catch(() => {});
      }
    });
  } finally {
    await engine.close();
  }
}
