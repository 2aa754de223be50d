/** What the API says about the database to administrators. All of it is FlashCase's own. */
import { list, nullable, object, oneOf, real, type Schema, text, truth, whole } from './json-schema.ts';

const moment = text({ description: 'ISO 8601, UTC.' });
const reading = object({ name: text(), value: real() }, { labels: { type: 'object' } as Schema<Record<string, string>> });
const pool = object({ limit: whole(), inUse: whole(), idle: whole(), waiting: whole() });

const counted = list(object({ sql: text(), calls: whole(), totalMs: real(), maxMs: real() }));

/** What `/metrics/server` says. */
export const serverState = object({
  serves: text({ description: 'The same for servers of the same database.' }),
  pool,
  statements: object({ since: moment, list: counted }),
});

const finding = object(
  {
    id: text({ description: 'What kind of finding, always the same word.' }),
    severity: oneOf(['page', 'warning', 'note']),
    says: text(),
    figure: nullable(real()),
    threshold: real(),
    unit: oneOf(['bytes', 'seconds', 'milliseconds', 'share', 'rows', 'transactions', 'number']),
    advice: text(),
  },
  {
    on: text({ description: 'The table, index, query or session it is about.' }),
    command: text({ description: 'To be typed as it is.' }),
    runbook: text({ description: 'The name of its page in docs/guide/runbooks.' }),
  },
);

const index = object({
  name: text(),
  bytes: real(),
  bloatBytes: nullable(real()),
  scans: nullable(real()),
  isValid: truth(),
  of: text(),
});

const table = object({
  name: text(),
  rows: real(),
  deadRows: nullable(real()),
  bytes: real(),
  indexBytes: real(),
  bloatBytes: nullable(real()),
  vacuumedAt: nullable(moment),
  analyzedAt: nullable(moment),
  isAnalyzed: truth(),
  xidAge: nullable(real()),
  indexes: list(index),
});

const statement = object({
  name: nullable(text({ description: 'For flashcase db explain.' })),
  sql: text(),
  calls: real(),
  totalMs: real(),
  meanMs: real(),
  maxMs: real(),
  isSlow: truth(),
  plan: nullable(list(text())),
  advice: list(text()),
  wholeTables: list(text()),
});

const recorded = object(
  { at: moment, kind: oneOf(['backup', 'verify', 'drill', 'prune', 'restore', 'log']), isGood: truth() },
  { backup: text(), detail: text(), seconds: real() },
);

/** What `flashcase monitor --json` prints. */
export const databaseState = object({
  seenAt: moment,
  engine: oneOf(['sqlite', 'postgres']),
  version: text(),
  location: text(),
  revision: nullable(text()),
  findings: list(finding),
  readings: list(reading),
  tables: list(table),
  sessions: object({
    blocked: list(
      object({
        pid: whole(),
        application: text(),
        waitsSeconds: real(),
        by: whole(),
        byApplication: text(),
        byState: text(),
      }),
    ),
    transactions: list(object({ pid: whole(), application: text(), state: text(), ageSeconds: real() })),
  }),
  statements: object({
    source: oneOf(['pg_stat_statements', 'server', 'nobody']),
    since: nullable(moment),
    list: list(statement),
    howTo: nullable(text()),
  }),
  pool: nullable(pool),
  upkeep: object({
    due: list(object({ on: text(), why: text(), sql: text() }, { obstacle: text() })),
    minuteOfDay: nullable(whole()),
    runs: list(
      object({
        slot: moment,
        host: text(),
        endedAt: nullable(moment),
        wentWell: nullable(truth()),
        told: nullable(text()),
      }),
    ),
  }),
  growth: object({
    since: nullable(text({ description: 'The first day a size is known of, UTC.' })),
    days: whole({ description: 'Days a size is known of; few foretell nothing.' }),
    list: list(
      object({
        kind: oneOf(['database', 'table', 'index']),
        name: text(),
        bytesNow: real(),
        bytesPerDay: real(),
        bytesIn30Days: real(),
        lowIn30Days: real(),
        highIn30Days: real(),
      }),
    ),
  }),
  backups: object({
    directory: text(),
    minuteOfDay: nullable(whole()),
    recorded: list(recorded),
    newest: nullable(recorded),
    window: nullable(object({ oldest: nullable(moment), newest: nullable(moment) })),
  }),
  unread: list(text()),
});
