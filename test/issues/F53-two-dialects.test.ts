import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lint } from '../../src/revisions/lint/lint.ts';
import type { RuleId } from '../../src/revisions/lint/rules/all.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { createTable } from '../../src/revisions/step.ts';
import { boolean, generatedId, schema, table, text } from '../../src/schema/index.ts';
import { hasCode, onFresh } from '../revisions/own-schema.ts';
import { engines } from '../support/database.ts';

const person = table('person', {
  columns: { id: generatedId(), mail: text(), is_away: boolean({ default: false }) },
  primaryKey: ['id'],
});
const base: Revision = { id: '0001', name: 'person', upgrade: [createTable(person)], downgrade: 'not needed.' };
const INSERTS = "INSERT INTO person (mail) VALUES ('A@example.org'), ('a@example.org') ON CONFLICT DO NOTHING";

interface Case {
  readonly rule: RuleId;
  readonly sqlite: string;
  /** The same text where absent. */
  readonly postgres?: string;
  /** What PostgreSQL says; where it takes the text, the rows differ instead. */
  readonly refusal?: RegExp;
}

/** What works on SQLite and fails, or makes other rows, on PostgreSQL. */
const cases: readonly Case[] = [
  {
    rule: 'number-as-boolean',
    sqlite: 'UPDATE person SET is_away = 1',
    refusal: /is of type boolean but expression is of type integer/,
  },
  {
    rule: 'function-of-one-engine',
    sqlite: `UPDATE person SET mail = json_extract('{"a": "b"}', '$.a')`,
    refusal: /json_extract/,
  },
  {
    rule: 'unquoted-mixed-case',
    sqlite: 'CREATE TABLE extra ("isNew" text); INSERT INTO extra (isNew) VALUES (1)',
    refusal: /isnew/,
  },
  {
    rule: 'length-not-enforced',
    sqlite: "CREATE TABLE extra (code varchar(3)); INSERT INTO extra VALUES ('long')",
    refusal: /too long for type character varying/,
  },
  {
    rule: 'nocase',
    sqlite: 'CREATE UNIQUE INDEX ux ON person (mail COLLATE NOCASE)',
    postgres: 'CREATE UNIQUE INDEX ux ON person (mail)',
  },
];

for (const { rule, sqlite, postgres = sqlite, refusal } of cases) {
  const targets = engines().filter(({ name }) => !name.includes('pgbouncer'));
  const skip = targets.find((target) => target.skip !== false)?.skip ?? false;
  test(`F53: the linter says ${rule} before it is tried, and the two engines prove it right`, { skip }, async () => {
    const tried: Revision = {
      id: '0002',
      name: 'tried',
      upgrade: [{ kind: 'sql', about: 'by hand', sqlite: [sqlite], postgres: [postgres] }],
      downgrade: 'not needed.',
    };
    const { findings } = await lint({ schema: schema({}), revisions: [base, tried], released: '0001' });
    assert.ok(
      findings.some((finding) => finding.rule === rule && finding.level === 'error'),
      JSON.stringify(findings),
    );
    const rows = new Map<string, number>();
    for (const target of targets) {
      await onFresh(target, async ({ engine, run, query }) => {
        await upgrade(run([base]));
        if (refusal !== undefined) await query(INSERTS);
        const running = upgrade(run([base, tried]));
        if (refusal !== undefined && !engine.capabilities.isLocalFile)
          await assert.rejects(running, hasCode('FC_REVISION_FAILED', refusal));
        else await running;
        if (refusal === undefined) await query(INSERTS);
        rows.set(engine.name, Number((await query('SELECT count(*) AS "rows.total" FROM person'))[0]?.['rows.total']));
      });
    }
    assert.deepEqual(Object.fromEntries(rows), refusal === undefined ? { sqlite: 1, postgres: 2 } : { sqlite: 2, postgres: 2 });
  });
}
