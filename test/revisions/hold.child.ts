import { systemClock } from '../../src/db/clock.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { schema } from '../../src/schema/index.ts';
import { openEngine } from '../engine/open.ts';
import { first, sql } from './own-schema.ts';

/** Applies 0001, then a revision that takes very long, so that others meet its lock. Says when it is inside. */
const [, , url = '', directUrl = ''] = process.argv;
const engine = openEngine({ url, ...(directUrl === '' ? {} : { directUrl }) }, { schema: schema({}) });
const slow: Revision = {
  id: '0002',
  name: 'slow',
  upgrade: [
    {
      ...sql('take long'),
      sqlite: [
        "INSERT INTO parcel (label) SELECT 'held'",
        'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n',
      ],
      postgres: ["INSERT INTO parcel (label) SELECT 'held'", 'SELECT pg_sleep(600)'],
    } as never,
  ],
  downgrade: 'not needed here.',
};
await upgrade({
  engine,
  revisions: [first, slow],
  clock: systemClock(),
  onRevision: (_, { id }) => process.stdout.write(`applied ${id}\n`),
});
