import { nameOf, type Token, tokensOf } from '../../../engine/sql/tokens.ts';
import { addCheck, addUniqueIndex } from '../../change.ts';
import { alterTable } from '../../step.ts';
import { rule } from '../rule.ts';
import { safeWay } from '../safe-way.ts';
import type { EngineName, Scene } from '../scene.ts';

/** What the other engine does not have, and what to write instead. */
const ONLY: Readonly<Record<EngineName, Readonly<Record<string, string>>>> = {
  sqlite: {
    json_extract: "column #>> '{…}'",
    json_each: 'jsonb_array_elements',
    ifnull: 'coalesce',
    group_concat: 'string_agg',
    datetime: 'to_char or a timestamp',
    strftime: 'to_char',
    julianday: 'extract(epoch from …)',
    unixepoch: 'extract(epoch from …)',
    printf: 'format',
    instr: 'strpos',
    total: 'sum',
    glob: 'LIKE or a regular expression',
    typeof: 'pg_typeof',
    last_insert_rowid: 'RETURNING',
    randomblob: 'gen_random_bytes',
    hex: 'encode',
    iif: 'CASE',
  },
  postgres: {
    now: 'a value from the code',
    to_char: 'strftime',
    date_trunc: 'strftime',
    string_agg: 'group_concat',
    greatest: 'max(a, b)',
    least: 'min(a, b)',
    strpos: 'instr',
    split_part: 'substr and instr',
    regexp_replace: 'nothing: do it in the code',
    gen_random_uuid: 'a value from the code',
    jsonb_set: 'json_set',
    array_agg: 'json_group_array',
    generate_series: 'a recursive WITH',
    btrim: 'trim',
    initcap: 'nothing: do it in the code',
    extract: 'strftime',
  },
};

const other = (engine: EngineName): EngineName => (engine === 'sqlite' ? 'postgres' : 'sqlite');

/** What each statement of a step's text does: its verb and the tables of the model it names. */
function deeds(scene: Scene, step: unknown, engine: EngineName): string[] {
  return scene.statements
    .filter((site) => site.engine === engine && site.step === step)
    .map(({ statement, before }) => {
      const names = statement.tokens.map(nameOf);
      return [statement.tokens[0]?.value, ...new Set(names.filter((name) => name in before.tables))].join(' ');
    });
}

/** Behind these stands an expression, so that char(9) there is SQLite's function and not a type. */
const isOperand = (before: Token | undefined): boolean =>
  before === undefined ||
  before.kind === 'sign' ||
  (before.kind === 'word' &&
    /^(?:SELECT|DISTINCT|CASE|WHEN|THEN|ELSE|AND|OR|NOT|LIKE|GLOB|IN|IS|BETWEEN|WHERE|HAVING|BY|ON|RETURNING)$/.test(
      before.value,
    ));

export const crossEngineRules = [
  rule({
    id: 'sql-for-one-engine',
    engines: ['sqlite', 'postgres'],
    why: 'After the revision both engines should have the same rows; one of them has nothing to run.',
    *check(scene) {
      for (const { step } of scene.steps) {
        if (step.kind !== 'sql' || (step.sqlite.length === 0) === (step.postgres.length === 0)) continue;
        yield {
          level: 'decide',
          what: `"${step.about}" has no statements for ${step.sqlite.length === 0 ? 'SQLite' : 'PostgreSQL'}.`,
          rewrite: safeWay({
            about: 'the same for the other engine, or',
            ignores: { 'sql-for-one-engine': '<what it has instead, or why it needs nothing>' },
          }),
        };
      }
    },
  }),
  rule({
    id: 'sql-texts-differ',
    engines: ['sqlite', 'postgres'],
    why: 'A step is one change for two engines; here they do not touch the same tables in the same order.',
    *check(scene) {
      for (const { step } of scene.steps) {
        if (step.kind !== 'sql' || step.sqlite.length === 0 || step.postgres.length === 0) continue;
        const [a, b] = [deeds(scene, step, 'sqlite'), deeds(scene, step, 'postgres')];
        const at = a.findIndex((deed, i) => deed !== b[i]);
        if (at < 0 && a.length === b.length) continue;
        const i = at < 0 ? a.length : at;
        yield {
          level: 'decide',
          what: `"${step.about}": statement ${i + 1} is "${a[i] ?? 'none'}" on SQLite and "${b[i] ?? 'none'}" on PostgreSQL.`,
          rewrite: '// make both texts do the same, statement by statement',
        };
      }
    },
  }),
  rule({
    id: 'function-of-one-engine',
    engines: ['sqlite', 'postgres'],
    why: 'It works on the engine it was tried on and fails on the other.',
    *check(scene) {
      for (const { engine, sql } of scene.texts) {
        const foreign = ONLY[other(engine)];
        const tokens = tokensOf(sql, engine);
        for (const [i, token] of tokens.entries()) {
          if (token.kind !== 'word') continue;
          const name = token.text.toLowerCase();
          const isCalled = tokens[i + 1]?.value === '(' || name === 'glob';
          if (!isCalled || !(name in foreign) || tokens[i - 1]?.value === '.') continue;
          yield {
            level: 'error',
            what: `${token.text} is not known on ${engine === 'sqlite' ? 'SQLite' : 'PostgreSQL'}.`,
            rewrite: `// a text for each engine, { sqlite: '…', postgres: '…' }; on ${engine === 'sqlite' ? 'SQLite' : 'PostgreSQL'}: ${foreign[name]}`,
          };
        }
      }
    },
  }),
  rule({
    id: 'number-as-boolean',
    engines: ['postgres'],
    why: 'PostgreSQL has a boolean type and refuses 0 and 1 for it; SQLite keeps a number.',
    *check(scene) {
      for (const { engine, sql, before } of scene.texts) {
        if (engine !== 'postgres') continue;
        const booleans = new Set(
          Object.values(before.tables).flatMap((table) =>
            Object.entries(table.columns).flatMap(([name, column]) => (column.type === 'boolean' ? [name] : [])),
          ),
        );
        const tokens = tokensOf(sql, engine);
        for (const [i, token] of tokens.entries()) {
          const name = nameOf(token);
          const value = tokens[i + 2]?.value ?? '';
          if (booleans.has(name) && tokens[i + 1]?.value === '=' && /^[01]$/.test(value))
            yield {
              level: 'error',
              what: `${name} is a boolean and is compared with, or set to, ${value}.`,
              rewrite: `// in the text for PostgreSQL: ${name} = ${value === '1' ? 'true' : 'false'}`,
            };
        }
      }
    },
  }),
  rule({
    id: 'unquoted-mixed-case',
    engines: ['postgres'],
    why: 'PostgreSQL folds a name without quotes to lower case and then does not find it; SQLite finds it either way.',
    *check(scene) {
      for (const { engine, sql } of scene.texts) {
        if (engine !== 'postgres') continue;
        const names = new Set(
          tokensOf(sql, engine)
            .filter((token) => token.kind === 'word' && /[a-z][A-Z]/.test(token.text))
            .map((token) => token.text),
        );
        for (const name of names)
          yield { level: 'error', what: `${name} is folded to ${name.toLowerCase()}.`, rewrite: `// in quotes: "${name}"` };
      }
    },
  }),
  rule({
    id: 'like-with-letters',
    engines: ['sqlite', 'postgres'],
    why: 'SQLite’s LIKE takes a for A (ASCII letters only), PostgreSQL’s does not: the same revision finds other rows.',
    *check(scene) {
      const likes = (engine: EngineName): string[] =>
        scene.texts
          .filter((text) => text.engine === engine)
          .flatMap(({ sql }) => {
            const tokens = tokensOf(sql, engine);
            return tokens.flatMap((token, i) => {
              const pattern = tokens[i + 1];
              const isFolded = tokens.slice(Math.max(0, i - 6), i).some(({ value }) => value === 'LOWER' || value === 'UPPER');
              return token.value === 'LIKE' && pattern?.kind === 'string' && /[A-Za-z]/.test(pattern.text) && !isFolded
                ? [pattern.text]
                : [];
            });
          });
      const onSqlite = new Set(likes('sqlite'));
      for (const pattern of new Set(likes('postgres')))
        if (onSqlite.has(pattern))
          yield {
            level: 'decide',
            what: `LIKE ${pattern} stands in the texts for both engines.`,
            rewrite: `// in both texts: lower(<column>) LIKE ${pattern.toLowerCase()}; or to the letter: GLOB on SQLite, LIKE on PostgreSQL`,
          };
    },
  }),
  rule({
    id: 'nocase',
    engines: ['sqlite'],
    why: 'With NOCASE SQLite takes two spellings for one (ASCII letters only), PostgreSQL keeps both: a unique key lets one row in here and two there.',
    *check(scene) {
      for (const { engine, sql } of scene.texts) {
        const tokens = engine === 'sqlite' ? tokensOf(sql, engine) : [];
        if (tokens.some((token, i) => token.value === 'NOCASE' && tokens[i - 1]?.value === 'COLLATE'))
          yield {
            level: 'error',
            what: 'COLLATE NOCASE stands in the text for SQLite.',
            rewrite: safeWay({
              about: 'the same on both engines, in the model as uniqueIndexes',
              upgrade: [alterTable('<table>', addUniqueIndex('ux_<table>_<column>', ['(lower(<column>))']))],
            }),
          };
      }
    },
  }),
  rule({
    id: 'length-not-enforced',
    engines: ['sqlite'],
    why: 'SQLite does not know the limit of varchar(n): a longer value goes in here and is refused there.',
    *check(scene) {
      for (const { engine, sql } of scene.texts) {
        const tokens = engine === 'sqlite' ? tokensOf(sql, engine) : [];
        if (
          tokens.some(
            (token, i) =>
              /^(?:VARCHAR|CHARACTER|NVARCHAR|CHAR)$/.test(token.value) &&
              token.kind === 'word' &&
              tokens[i + 1]?.value === '(' &&
              tokens[i + 2]?.kind === 'number' &&
              !(token.value === 'CHAR' && isOperand(tokens[i - 1])),
          )
        )
          yield {
            level: 'error',
            what: 'A length stands in the text for SQLite.',
            rewrite: safeWay({
              about: 'a column of type text, and a check, which both engines keep',
              upgrade: [alterTable('<table>', addCheck('ck_<table>_<column>_length', 'length(<column>) <= 20'))],
            }),
          };
      }
    },
  }),
] as const;
