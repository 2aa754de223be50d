import { systemClock } from '../../src/db/clock.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { alterTable } from '../../src/revisions/step.ts';
import { int64, schema } from '../../src/schema/index.ts';
import { openEngine } from '../engine/open.ts';
import { first, sql } from './own-schema.ts';

/** A revision that changes the table others are writing, and takes a second or so. */
export const rebuilding: Revision = {
  id: '0002',
  name: 'grams_with_default',
  upgrade: [
    alterTable('parcel', { kind: 'changeColumn', name: 'grams', column: int64({ default: 0 }), using: 'coalesce(grams, 0)' }),
    {
      ...sql('take a while', 'SELECT pg_sleep(1)'),
      sqlite: ['WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT count(*) FROM n'],
    } as never,
  ],
  downgrade: 'not needed here.',
};

if (import.meta.main) {
  const [, , url = '', directUrl = ''] = process.argv;
  const engine = openEngine({ url, ...(directUrl === '' ? {} : { directUrl }) }, { schema: schema({}) });
  await upgrade({ engine, revisions: [first, rebuilding], clock: systemClock() });
  await engine.close();
}
