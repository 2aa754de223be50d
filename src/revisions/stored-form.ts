import { catalogQuery } from '../engine/catalog-query.ts';
import type { Connection, Engine } from '../engine/engine.ts';
import { formOf, LEDGER_TABLE } from '../engine/schema-form.ts';
import {
  type Difference,
  differenceOf,
  FINGERPRINT_ALGORITHM,
  fingerprint,
  isNoDifference,
  outlineOf,
  type SchemaForm,
} from '../schema/form.ts';
import { hasLedger, keepsForm, placeholdersOf } from './ledger.ts';
import type { State } from './state.ts';

/**
 * The form of the schema as it was right after the newest revision, kept in the ledger: drift is found by one introspection, without a
 * second database. Only the newest is kept, so that a long history stays cheap.
 */
export interface StoredForm {
  readonly revisionId: string;
  readonly lines: SchemaForm;
  /** What read it: a newer PostgreSQL may put the same expression in other words. */
  readonly reader: string;
}

/** Keeps a form with the entry of a revision, in place of the one kept before. Its fingerprint then is that of this form. */
export async function storeForm(connection: Connection, engine: Engine, revisionId: string, form: SchemaForm): Promise<void> {
  const table = engine.ddl.quote(LEDGER_TABLE);
  const [text, hash, algorithm, id] = placeholdersOf(engine, 4).split(', ');
  await connection.execute(`UPDATE ${table} SET schema_form = NULL WHERE schema_form IS NOT NULL`);
  await connection.execute(
    `UPDATE ${table} SET schema_form = ${text}, schema_fingerprint = ${hash}, fingerprint_algorithm = ${algorithm} WHERE revision_id = ${id}`,
    [[await readerOf(connection, engine), ...form].join('\n'), fingerprint(form), FINGERPRINT_ALGORITHM, revisionId],
  );
}

/** The form kept in the ledger; `undefined` where there is none, or one of another spelling than today's. */
export async function readStoredForm(connection: Connection, engine: Engine): Promise<StoredForm | undefined> {
  if (!(await hasLedger(connection, engine)) || !(await keepsForm(connection, engine))) return undefined;
  const [row] = await catalogQuery(
    connection,
    { id: 'revision_id', form: 'schema_form', algorithm: 'fingerprint_algorithm' },
    `FROM ${engine.ddl.quote(LEDGER_TABLE)} WHERE schema_form IS NOT NULL`,
  );
  if (row === undefined || row.algorithm !== FINGERPRINT_ALGORITHM) return undefined;
  const [reader = '', ...lines] = String(row.form).split('\n');
  return { revisionId: String(row.id), reader, lines };
}

/** How a live form differs from the stored one. Expressions put in words by another release of the server are not compared. */
export async function differenceFromStored(
  connection: Connection,
  engine: Engine,
  stored: StoredForm,
  live: SchemaForm,
): Promise<Difference> {
  const isSameReader = (await readerOf(connection, engine)) === stored.reader;
  return differenceOf(isSameReader ? stored.lines : stored.lines.map(outlineOf), live);
}

/**
 * Takes a form where none is stored (a ledger made before forms were kept, or one of another spelling), if the schema is exactly what the
 * revisions declare: a drift must not become the rule in silence. Otherwise it is left to `db repair`, and `db check` says so.
 */
export async function refillForm(connection: Connection, engine: Engine, newest: string, state: State): Promise<void> {
  if ((await readStoredForm(connection, engine)) !== undefined) return;
  const live = await engine.introspect(connection);
  if (isNoDifference(differenceOf(formOf(state, engine), live))) await storeForm(connection, engine, newest, live);
}

async function readerOf(connection: Connection, engine: Engine): Promise<string> {
  if (engine.capabilities.isLocalFile) return engine.name;
  const [row] = await catalogQuery(connection, { major: "current_setting('server_version_num')::int / 10000" }, '');
  return `${engine.name} ${String(row?.major)}`;
}
