import type { Statement } from '../../../engine/sql/statements.ts';
import { TokenReader } from '../../../engine/sql/token-reader.ts';
import { nameOf } from '../../../engine/sql/tokens.ts';
import { controlsTransaction } from '../../../engine/sql/transaction-control.ts';
import { describeEffect } from '../../effects/effect.ts';
import { effectsOnPostgres } from '../../effects/postgres.ts';
import { mustRunAlone } from '../../run-alone.ts';
import type { Problem } from '../finding.ts';
import { rule } from '../rule.ts';
import { safeWay } from '../safe-way.ts';
import { type Scene, type StatementSite, wayOf } from '../scene.ts';

/** The beginning of a statement, in quotes. */
export const short = (statement: Statement): string => {
  const [line = ''] = statement.text.split('\n', 1);
  return `"${line.length > 70 ? `${line.slice(0, 70)}…` : line}"`;
};

const startsWith = (statement: Statement, ...words: readonly string[]): boolean =>
  new TokenReader(statement.tokens).take(...words);
const has = (statement: Statement, ...words: readonly string[]): boolean => new TokenReader(statement.tokens).has(...words);

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

/** Statements that are unsafe by what they say, each with the same words and the same way out. */
function* wherever(
  scene: Scene,
  isUnsafe: (statement: Statement) => boolean,
  said: string,
  rewrite: string,
  engines: readonly StatementSite['engine'][] = ['sqlite', 'postgres'],
): Generator<Problem> {
  for (const { statement } of each(scene, ...engines))
    if (isUnsafe(statement)) yield { level: 'error', what: `${short(statement)} ${said}`, rewrite };
}

const verbOf = (statement: Statement): string => statement.tokens[0]?.value ?? '';

export function* each(scene: Scene, ...engines: readonly StatementSite['engine'][]): Generator<StatementSite> {
  for (const site of scene.statements) if (engines.includes(site.engine)) yield site;
}

const ONE_BY_ONE = safeWay({ about: 'each statement is committed by itself then', isTransactional: false });

/** REINDEX in the way that keeps out nobody. */
const concurrently = (sql: string): string =>
  /\bCONCURRENTLY\b/i.test(sql) ? sql : sql.replace(/^(\s*REINDEX\b.*?\b(?:INDEX|TABLE|SCHEMA|DATABASE))\b/i, '$1 CONCURRENTLY');

export const rawSqlRules = [
  rule({
    id: 'sql-transaction-control',
    engines: ['sqlite', 'postgres'],
    why: 'The revision, its proof and its entry in the ledger are one transaction: a COMMIT inside ends it half-way, and a crash leaves a change that nobody recorded.',
    check: (scene) =>
      wherever(
        scene,
        controlsTransaction,
        'begins or ends a transaction.',
        safeWay({ about: 'leave it out; for statements that must be committed one by one', isTransactional: false }),
      ),
  }),
  rule({
    id: 'sql-if-exists',
    engines: ['sqlite', 'postgres'],
    why: 'IF [NOT] EXISTS passes on a database that is not as history says, and takes an INVALID index for a good one.',
    check: (scene) =>
      wherever(
        scene,
        (statement) =>
          /^(?:CREATE|DROP|ALTER)$/.test(verbOf(statement)) &&
          (has(statement, 'IF', 'NOT', 'EXISTS') || has(statement, 'IF', 'EXISTS')),
        'passes whatever is there.',
        '// say what is there: without IF [NOT] EXISTS',
      ),
  }),
  rule({
    id: 'sql-outside-transaction',
    engines: ['postgres'],
    why: 'PostgreSQL refuses CONCURRENTLY, VACUUM and their kin inside a transaction.',
    check: (scene) =>
      wherever(scene, (statement) => !scene.isOnline && mustRunAlone(statement.text), 'stands in a transaction.', ONE_BY_ONE, [
        'postgres',
      ]),
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
    check: (scene) =>
      wherever(
        scene,
        (statement) => {
          const reader = new TokenReader(statement.tokens);
          const kind = reader.take('ALTER') ? reader.takeOne('TYPE', 'SCHEMA', 'FUNCTION', 'SEQUENCE', 'DOMAIN') : undefined;
          return kind !== undefined && reader.has('RENAME');
        },
        'renames what a release may use.',
        '// add the new one beside the old one, and take the old one away a release later',
        ['postgres'],
      ),
  }),
  rule({
    id: 'sql-timeout',
    engines: ['postgres'],
    why: 'upgrade sets lock_timeout for each attempt and tries again; another one lets every reader wait behind a statement that waits.',
    check: (scene) =>
      wherever(
        scene,
        (statement) => /^(?:SET|RESET)$/.test(verbOf(statement)) && /\b(?:lock|statement)_timeout\b/i.test(statement.text),
        'sets a time limit of its own.',
        '// leave it out',
        ['postgres'],
      ),
  }),
  rule({
    id: 'sql-cascade',
    engines: ['postgres'],
    why: 'CASCADE empties or drops tables that the revision does not name.',
    check: (scene) =>
      wherever(
        scene,
        (statement) => /^(?:TRUNCATE|DROP)$/.test(verbOf(statement)) && has(statement, 'CASCADE'),
        'takes along whatever refers to it.',
        '// name each table, children first, without CASCADE',
        ['postgres'],
      ),
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
    check(scene) {
      const isAdded = !scene.isOnline && scene.statements.some(({ statement }) => has(statement, 'NOT', 'VALID'));
      return wherever(
        scene,
        (statement) => isAdded && has(statement, 'VALIDATE', 'CONSTRAINT'),
        'stands in the transaction that added the constraint.',
        ONE_BY_ONE,
        ['postgres'],
      );
    },
  }),
  rule({
    id: 'sql-pragma',
    engines: ['sqlite'],
    why: 'Inside a transaction PRAGMA foreign_keys does nothing, without a word; upgrade has them off and checks every reference before it commits.',
    check: (scene) =>
      wherever(scene, (statement) => verbOf(statement) === 'PRAGMA', 'stands in a transaction.', '// leave it out', ['sqlite']),
  }),
] as const;
