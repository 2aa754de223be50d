import type { Statement } from '../../../engine/sql/statements.ts';
import { TokenReader } from '../../../engine/sql/token-reader.ts';
import { nameOf } from '../../../engine/sql/tokens.ts';
import { describeEffect } from '../../effects/effect.ts';
import { effectsOnPostgres } from '../../effects/postgres.ts';
import { mustRunAlone } from '../../run-alone.ts';
import { backfill } from '../../step.ts';
import { rule } from '../rule.ts';
import { OPEN, safeWay } from '../safe-way.ts';
import { isReleasedTable, type Scene, type StatementSite, wayOf } from '../scene.ts';

const short = (statement: Statement): string => {
  const [line = ''] = statement.text.split('\n', 1);
  return `"${line.length > 70 ? `${line.slice(0, 70)}…` : line}"`;
};

const startsWith = (statement: Statement, ...words: readonly string[]): boolean =>
  new TokenReader(statement.tokens).take(...words);
const has = (statement: Statement, ...words: readonly string[]): boolean => new TokenReader(statement.tokens).has(...words);

/** The table of the model whose rows a statement changes. */
function changedTable({ statement, before }: StatementSite): string | undefined {
  const reader = new TokenReader(statement.tokens);
  if (!reader.take('UPDATE') && !reader.take('DELETE', 'FROM')) return undefined;
  reader.take('ONLY');
  const name = reader.takeName();
  return name !== undefined && name in before.tables ? name : undefined;
}

/** The table of the model whose shape a statement changes. */
function shapedTable({ statement, before }: StatementSite): string | undefined {
  const reader = new TokenReader(statement.tokens);
  const verb = reader.takeOne('ALTER', 'DROP', 'CREATE');
  if (verb === undefined) return undefined;
  if (verb !== 'CREATE' && reader.take('TABLE')) {
    reader.take('IF', 'EXISTS');
    reader.take('ONLY');
    const name = reader.takeName();
    return name !== undefined && name in before.tables ? name : undefined;
  }
  reader.take('UNIQUE');
  if (reader.take('INDEX')) {
    const tokens = reader.rest();
    if (verb === 'CREATE') {
      const table = tokens[tokens.findIndex((token) => token.value === 'ON') + 1];
      return table !== undefined && nameOf(table) in before.tables ? nameOf(table) : undefined;
    }
    const names = new Set(tokens.map(nameOf));
    return Object.values(before.tables).find((table) => table.indexes.some((index) => names.has(index.name)))?.name;
  }
  return undefined;
}

function* each(scene: Scene, ...engines: readonly StatementSite['engine'][]): Generator<StatementSite> {
  for (const site of scene.statements) if (engines.includes(site.engine)) yield site;
}

const ONE_BY_ONE = safeWay({ about: 'each statement is committed by itself then', isTransactional: false });

/** REINDEX in the way that keeps out nobody. */
const concurrently = (sql: string): string =>
  /\bCONCURRENTLY\b/i.test(sql) ? sql : sql.replace(/^(\s*REINDEX\b.*?\b(?:INDEX|TABLE|SCHEMA|DATABASE))\b/i, '$1 CONCURRENTLY');

/** What changes the same rows batch by batch. */
function inBatches({ statement, step }: StatementSite, table: string, about: string): string {
  const reader = new TokenReader(statement.tokens);
  if (!reader.take('UPDATE'))
    return '// rows that go for good are deleted in batches by the code, before the revision or after it';
  const tokens = reader.rest();
  const column = tokens[tokens.findIndex((token) => token.value === 'SET') + 1];
  return safeWay({
    about,
    upgrade: [
      backfill({
        about: step.about,
        table,
        set: { [column === undefined ? OPEN : nameOf(column)]: OPEN },
        where: '<the rows that still need it>',
      }),
    ],
  });
}

const hasSchemaStep = (scene: Scene): boolean =>
  scene.steps.some((site) => site.step.kind === 'alterTable' && isReleasedTable(site, site.step.table));

export const rawSqlRules = [
  rule({
    id: 'sql-transaction-control',
    engines: ['sqlite', 'postgres'],
    why: 'The revision, its proof and its entry in the ledger are one transaction: a COMMIT inside ends it half-way, and a crash leaves a change that nobody recorded.',
    *check(scene) {
      for (const { statement } of each(scene, 'sqlite', 'postgres'))
        if (/^(?:BEGIN|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|START)$/.test(statement.tokens[0]?.value ?? ''))
          yield {
            level: 'error',
            what: `${short(statement)} begins or ends a transaction.`,
            rewrite: safeWay({ about: 'leave it out; for statements that must be committed one by one', isTransactional: false }),
          };
    },
  }),
  rule({
    id: 'sql-if-exists',
    engines: ['sqlite', 'postgres'],
    why: 'IF [NOT] EXISTS passes on a database that is not as history says, and takes an INVALID index for a good one.',
    *check(scene) {
      for (const { statement } of each(scene, 'sqlite', 'postgres'))
        if (
          /^(?:CREATE|DROP|ALTER)$/.test(statement.tokens[0]?.value ?? '') &&
          (has(statement, 'IF', 'NOT', 'EXISTS') || has(statement, 'IF', 'EXISTS'))
        )
          yield {
            level: 'error',
            what: `${short(statement)} passes whatever is there.`,
            rewrite: '// say what is there: without IF [NOT] EXISTS',
          };
    },
  }),
  rule({
    id: 'sql-outside-transaction',
    engines: ['postgres'],
    why: 'PostgreSQL refuses CONCURRENTLY, VACUUM and their kin inside a transaction.',
    *check(scene) {
      if (scene.isOnline) return;
      for (const { statement } of each(scene, 'postgres'))
        if (mustRunAlone(statement.text))
          yield { level: 'error', what: `${short(statement)} stands in a transaction.`, rewrite: ONE_BY_ONE };
    },
  }),
  rule({
    id: 'sql-reindex',
    engines: ['postgres'],
    why: 'REINDEX keeps the writers of the table waiting, and readers that would use the index; CONCURRENTLY keeps out nobody.',
    *check(scene) {
      for (const { statement, step } of each(scene, 'postgres'))
        if (startsWith(statement, 'REINDEX') && !has(statement, 'CONCURRENTLY'))
          yield {
            level: 'error',
            what: `${short(statement)} is not concurrent.`,
            rewrite: safeWay({
              about: 'in a revision of its own',
              isTransactional: false,
              ...wayOf(scene, { ...step, postgres: step.postgres.map(concurrently) }),
            }),
          };
    },
  }),
  rule({
    id: 'sql-rename',
    engines: ['postgres'],
    why: 'The release that is running asks for the old name, and fails from this moment on.',
    *check(scene) {
      for (const { statement } of each(scene, 'postgres')) {
        const reader = new TokenReader(statement.tokens);
        if (
          reader.take('ALTER') &&
          reader.takeOne('TYPE', 'SCHEMA', 'FUNCTION', 'SEQUENCE', 'DOMAIN') !== undefined &&
          reader.has('RENAME')
        )
          yield {
            level: 'error',
            what: `${short(statement)} renames what a release may use.`,
            rewrite: '// add the new one beside the old one, and take the old one away a release later',
          };
      }
    },
  }),
  rule({
    id: 'sql-timeout',
    engines: ['postgres'],
    why: 'upgrade sets lock_timeout for each attempt and tries again; another one lets every reader wait behind a statement that waits.',
    *check(scene) {
      for (const { statement } of each(scene, 'postgres'))
        if (/^(?:SET|RESET)$/.test(statement.tokens[0]?.value ?? '') && /\b(?:lock|statement)_timeout\b/i.test(statement.text))
          yield { level: 'error', what: `${short(statement)} sets a time limit of its own.`, rewrite: '// leave it out' };
    },
  }),
  rule({
    id: 'sql-cascade',
    engines: ['postgres'],
    why: 'CASCADE empties or drops tables that the revision does not name.',
    *check(scene) {
      for (const { statement } of each(scene, 'postgres'))
        if ((startsWith(statement, 'TRUNCATE') || startsWith(statement, 'DROP')) && has(statement, 'CASCADE'))
          yield {
            level: 'error',
            what: `${short(statement)} takes along whatever refers to it.`,
            rewrite: '// name each table, children first, without CASCADE',
          };
    },
  }),
  rule({
    id: 'sql-changes-shape',
    engines: ['sqlite', 'postgres'],
    why: 'The model, the way down and the other engine do not know of it: the next check finds a difference, and a rebuild on SQLite takes it away.',
    *check(scene) {
      for (const site of each(scene, 'sqlite', 'postgres')) {
        const table = shapedTable(site);
        if (table === undefined) continue;
        const effect =
          site.engine === 'postgres'
            ? ` (${describeEffect(effectsOnPostgres([site.statement.text], site.before)[0] as never)})`
            : '';
        yield {
          level: 'error',
          what: `${short(site.statement)} changes table ${table} behind the model${effect}.`,
          rewrite: `// as steps: dropTable('${table}'), or alterTable('${table}', …) with addColumn, changeColumn, addIndex and their kin`,
        };
      }
    },
  }),
  rule({
    id: 'sql-types',
    engines: ['postgres'],
    why: 'char(n) pads and compares with its spaces, json has no equality and no index, timestamp drops the zone, 32-bit keys end at 2,147,483,647, serial is no identity.',
    *check(scene) {
      for (const { statement } of each(scene, 'postgres')) {
        if (!startsWith(statement, 'CREATE', 'TABLE') && !startsWith(statement, 'ALTER', 'TABLE')) continue;
        for (const [i, token] of statement.tokens.entries()) {
          const next = statement.tokens[i + 1]?.value;
          if (token.kind !== 'word') continue;
          const isLocalTime = token.value === 'TIMESTAMP' && next !== 'WITH';
          const isSmallKey = /^(?:INT|INT4|INTEGER)$/.test(token.value) && next === 'PRIMARY';
          if (isLocalTime || isSmallKey || /^(?:CHAR|BPCHAR|JSON|SERIAL|BIGSERIAL|SMALLSERIAL)$/.test(token.value))
            yield {
              level: 'note',
              what: `${short(statement)} has the type ${token.text}${isSmallKey ? ' for a key' : ''}.`,
              rewrite: '// text, jsonb, timestamptz, bigint, GENERATED … AS IDENTITY',
            };
        }
      }
    },
  }),
  rule({
    id: 'sql-enum-value-used',
    engines: ['postgres'],
    why: 'A value that ALTER TYPE … ADD VALUE brings cannot be used before it is committed.',
    *check(scene) {
      if (scene.isOnline) return;
      const added = new Set<string>();
      for (const { statement } of each(scene, 'postgres')) {
        const literals = statement.tokens.filter((token) => token.kind === 'string').map((token) => token.value);
        if (startsWith(statement, 'ALTER', 'TYPE') && has(statement, 'ADD', 'VALUE')) {
          const [value] = literals;
          if (value !== undefined) added.add(value);
          continue;
        }
        for (const value of literals)
          if (added.has(value))
            yield {
              level: 'error',
              what: `${short(statement)} uses ${value} in the transaction that adds it.`,
              rewrite: ONE_BY_ONE,
            };
      }
    },
  }),
  rule({
    id: 'sql-validate-at-once',
    engines: ['postgres'],
    why: 'In the transaction of ADD … NOT VALID, VALIDATE keeps its ShareRowExclusive lock on both tables.',
    *check(scene) {
      if (scene.isOnline) return;
      const isAdded = scene.statements.some(({ statement }) => has(statement, 'NOT', 'VALID'));
      for (const { statement } of each(scene, 'postgres'))
        if (isAdded && has(statement, 'VALIDATE', 'CONSTRAINT'))
          yield {
            level: 'error',
            what: `${short(statement)} stands in the transaction that added the constraint.`,
            rewrite: ONE_BY_ONE,
          };
    },
  }),
  rule({
    id: 'sql-fill-with-schema-change',
    engines: ['sqlite', 'postgres'],
    why: 'The locks of the schema change are held until the last row is written.',
    *check(scene) {
      if (scene.isOnline || !hasSchemaStep(scene)) return;
      for (const site of each(scene, 'sqlite', 'postgres')) {
        const table = changedTable(site);
        if (table !== undefined && isReleasedTable(site, table))
          yield {
            level: 'error',
            what: `${short(site.statement)} changes rows of ${table} in the transaction that changes the schema.`,
            rewrite: inBatches(site, table, 'a revision of its own'),
          };
      }
    },
  }),
  rule({
    id: 'sql-fill-at-once',
    engines: ['sqlite', 'postgres'],
    why: 'One UPDATE of a large table keeps its writers waiting (on SQLite all writers), and what was done is lost when it is stopped; batches hold for a moment and go on where they were.',
    *check(scene) {
      for (const site of each(scene, 'sqlite', 'postgres')) {
        const table = changedTable(site);
        if (table !== undefined && isReleasedTable(site, table) && (scene.isOnline || !hasSchemaStep(scene)))
          yield {
            level: 'decide',
            what: `${short(site.statement)} changes rows of ${table} in one transaction.`,
            rewrite: inBatches(site, table, 'in batches, each committed'),
          };
      }
    },
  }),
  rule({
    id: 'sql-pragma',
    engines: ['sqlite'],
    why: 'Inside a transaction PRAGMA foreign_keys does nothing, without a word; upgrade has them off and checks every reference before it commits.',
    *check(scene) {
      for (const { statement } of each(scene, 'sqlite'))
        if (startsWith(statement, 'PRAGMA'))
          yield { level: 'error', what: `${short(statement)} stands in a transaction.`, rewrite: '// leave it out' };
    },
  }),
] as const;
