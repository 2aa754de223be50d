import type { Database } from '../../db/database.ts';
import { randomUUID } from '../../db/random.ts';
import type { Connection, Engine } from '../../engine/engine.ts';
import { formOf } from '../../engine/schema-form.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { applySteps, liveTarget, refuseOrphans } from '../../revisions/apply.ts';
import { ensureLedger, hasLedger, writeEntry } from '../../revisions/ledger.ts';
import { withRevisionLock } from '../../revisions/lock.ts';
import { type Revision, writtenAs } from '../../revisions/revision.ts';
import { EMPTY } from '../../revisions/state.ts';
import { storeForm } from '../../revisions/stored-form.ts';
import { flashcase } from '../../schema/flashcase.ts';
import { describeDifference, differenceOf, fingerprint } from '../../schema/form.ts';
import { revisions } from '../../versions/index.ts';
import { backUp } from './back-up.ts';
import { carryPostgresRows } from './carry-postgres.ts';
import { carrySqliteRows } from './carry-sqlite.ts';
import { asideName } from './context.ts';
import { deriveStudyState } from './derive.ts';
import { settleOwners } from './owners.ts';
import { LEGACY_TABLES, type LegacyVersion, recognise } from './recognise.ts';
import type { AdoptionReport } from './report.ts';

export type { AdoptionReport };

/**
 * Takes over a database of the original app: a verified backup beside the file, then, in one transaction, today's tables, every row
 * (or the quarantine), what the old versions lacked, the ledger. Killed anywhere, the old database is as it was.
 * Called again, or by another process at the same time, it finds nothing to do and returns an empty account.
 * Throws `FC_SCHEMA_UNKNOWN` with the difference for any other schema.
 */
export async function adopt(database: Database, options: { onProgress?: (line: string) => void } = {}): Promise<AdoptionReport> {
  const { engine, clock } = database;
  const say = options.onProgress ?? (() => {});
  const version = await engine.dedicated(async (connection) => legacyVersion(connection, engine));
  const runId = randomUUID();
  if (version === undefined) return nothingToDo(runId);
  const backup = engine.capabilities.isLocalFile ? await backUp(engine.location, clock.now(), say) : undefined;
  const target = await liveTarget(engine);
  return withRevisionLock(engine, { clock }, ({ connection, transaction }) =>
    transaction(async () => {
      // Asked again inside the lock: another process may have been faster.
      if ((await legacyVersion(connection, engine)) === undefined) return nothingToDo(runId);
      const started = performance.now();
      await setAside(connection, engine, version);
      let state = EMPTY;
      for (const revision of revisions) state = await applySteps(connection, engine, target, revision, revision.upgrade, state);
      say('today’s tables made; carrying rows over');
      const context = { connection, engine, version, runId, clock };
      const carried = engine.capabilities.isLocalFile ? await carrySqliteRows(context) : await carryPostgresRows(context);
      say('rows carried over; computing card states');
      const derived = await deriveStudyState(context);
      const owners = await settleOwners(context);
      for (const table of LEGACY_TABLES.toReversed())
        await connection.script(`DROP TABLE IF EXISTS ${engine.ddl.quote(asideName(table))}`);
      await connection.script('DROP TABLE IF EXISTS alembic_version');
      // The original's native enums; its tables, which were all that used them, are gone.
      if (!engine.capabilities.isLocalFile) await connection.script('DROP TYPE IF EXISTS reporttype, reportreason, reportstatus');
      await refuseOrphans(connection, engine, { id: 'adoption', name: `of version ${version}` });
      const form = await engine.introspect(connection);
      const difference = differenceOf(formOf(flashcase, engine), form);
      if (difference.missing.length + difference.unexpected.length > 0) {
        throw new FlashcaseError('FC_REVISION_FAILED', {
          what: 'The adopted schema is not today’s.',
          why: describeDifference(difference),
          hint: 'Nothing was changed. This is a bug; please report it.',
          details: { ...difference },
        });
      }
      await ensureLedger(connection, engine);
      for (const revision of revisions) {
        await writeEntry(connection, engine, {
          ...writtenAs(revision),
          fingerprint: fingerprint(form),
          appliedAt: clock.now().text,
          durationMs: Math.round(performance.now() - started),
          appliedBy: `adoption of version ${version}, run ${runId}`,
        });
      }
      await storeForm(connection, engine, (revisions.at(-1) as Revision).id, form);
      return { version, runId, ...(backup === undefined ? {} : { backup }), ...carried, ...derived, ...owners };
    }),
  );
}

async function legacyVersion(connection: Connection, engine: Engine): Promise<LegacyVersion | undefined> {
  if (await hasLedger(connection, engine)) return undefined;
  const form = await engine.introspect(connection);
  const version = recognise(form);
  if (version === undefined) {
    throw new FlashcaseError('FC_SCHEMA_UNKNOWN', {
      what:
        form.length === 0
          ? 'This database is empty: there is nothing to adopt.'
          : 'This database was not made by the original FlashCase app.',
      where: engine.location,
      why:
        form.length === 0 ? 'It has no tables.' : `It has:\n${form.filter((line) => / (table|column) ?/.test(line)).join('\n')}`,
      hint: form.length === 0 ? 'flashcase db upgrade makes the tables.' : 'Check DATABASE_URL.',
    });
  }
  return version;
}

/** Renames the old tables and frees the names of their indexes, keys and sequences for the new ones. */
async function setAside(connection: Connection, engine: Engine, version: LegacyVersion): Promise<void> {
  const { quote } = engine.ddl;
  const tables = LEGACY_TABLES.filter((table) => version === 2 || table !== 'report');
  if (engine.capabilities.isLocalFile) {
    const indexes = await connection.query("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL");
    for (const { name } of indexes) await connection.script(`DROP INDEX ${quote(String(name))}`);
    // References keep naming the tables by their old names, which the new tables take.
    await connection.script('PRAGMA legacy_alter_table = ON');
    for (const table of tables) await connection.script(`ALTER TABLE ${quote(table)} RENAME TO ${quote(asideName(table))}`);
    await connection.script('PRAGMA legacy_alter_table = OFF');
    return;
  }
  for (const table of tables) {
    const objects = await connection.query(
      `SELECT i.relname AS "aside.name", i.relkind::text AS "aside.kind" FROM pg_class i
         LEFT JOIN pg_index x ON x.indexrelid = i.oid LEFT JOIN pg_depend d ON d.objid = i.oid AND d.deptype = 'a' AND i.relkind = 'S'
        WHERE coalesce(x.indrelid, d.refobjid) = $1::regclass`,
      [quote(table)],
    );
    await connection.script(`ALTER TABLE ${quote(table)} RENAME TO ${quote(asideName(table))}`);
    for (const object of objects) {
      const name = String(object['aside.name']);
      await connection.script(
        `ALTER ${object['aside.kind'] === 'S' ? 'SEQUENCE' : 'INDEX'} ${quote(name)} RENAME TO ${quote(asideName(name).slice(0, 63))}`,
      );
    }
  }
}

function nothingToDo(runId: string): AdoptionReport {
  return {
    version: 2,
    runId,
    tables: [],
    quarantinedBy: {},
    normalisedTimes: 0,
    cardStates: 0,
    keptDecks: [],
    assignedDecks: [],
    ownerlessDecks: [],
  };
}
