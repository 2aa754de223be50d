/** PostgreSQL's table locks, weakest first, and the one lock of an SQLite file. */
export const LOCK_MODES = [
  'AccessShareLock',
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
] as const;
export type LockMode = (typeof LOCK_MODES)[number];

/** What a statement does to a database in use. Every claim is compared with real servers in test/issues/F42-claims-of-effects.test.ts. */
export interface Effect {
  /** Table to the strongest lock on it, held to the end of the transaction; on SQLite there is one lock, of the file, for all writers. */
  readonly locks: Readonly<Record<string, LockMode>>;
  readonly locksFile: boolean;
  /** All rows are written to new storage. */
  readonly rewrites: readonly string[];
  /** All rows are read, while the lock is held. */
  readonly scans: readonly string[];
  /** An index is built, which reads and sorts all rows. */
  readonly indexes: readonly string[];
  /** Rows are changed one by one, by UPDATE or DELETE. */
  readonly changes: readonly string[];
  /** False for a statement nothing is known about: nothing above is claimed then. */
  readonly isKnown: boolean;
}

export const NO_EFFECT: Effect = {
  locks: {},
  locksFile: false,
  rewrites: [],
  scans: [],
  indexes: [],
  changes: [],
  isKnown: true,
};

/** What several statements, or the statements of one text, do together. */
export function effectOfAll(effects: readonly Effect[]): Effect {
  return effects.reduce(
    (all, effect) => ({
      locks: { ...all.locks, ...effect.locks },
      locksFile: all.locksFile || effect.locksFile,
      rewrites: [...all.rewrites, ...effect.rewrites],
      scans: [...all.scans, ...effect.scans],
      indexes: [...all.indexes, ...effect.indexes],
      changes: [...all.changes, ...effect.changes],
      isKnown: all.isKnown && effect.isKnown,
    }),
    NO_EFFECT,
  );
}

/** Whom the statement's locks keep waiting until the end of its transaction. */
export type Blocked = 'nobody' | 'writers' | 'readers and writers';

/** Whom an effect keeps waiting: on one table, or on any. */
export function blockedBy(effect: Effect, table?: string): Blocked {
  const modes = table === undefined ? Object.values(effect.locks) : [effect.locks[table]].filter((mode) => mode !== undefined);
  if (modes.includes('AccessExclusiveLock')) return 'readers and writers';
  const writersWait = modes.some((mode) => LOCK_MODES.indexOf(mode) >= LOCK_MODES.indexOf('ShareLock'));
  return writersWait || effect.locksFile ? 'writers' : 'nobody';
}

/** One line for people. */
export function describeEffect(effect: Effect): string {
  if (!effect.isKnown) return 'effect unknown';
  const on = (names: readonly string[]): string => names.join(', ');
  return [
    ...(effect.locksFile ? ['write lock of the file'] : []),
    ...Object.entries(effect.locks).map(([table, mode]) => `${mode} on ${table}`),
    ...(effect.rewrites.length > 0 ? [`rewrites ${on(effect.rewrites)}`] : []),
    ...(effect.scans.length > 0 ? [`reads all of ${on(effect.scans)}`] : []),
    ...(effect.indexes.length > 0 ? [`builds an index on ${on(effect.indexes)}`] : []),
    ...(effect.changes.length > 0 ? [`changes rows of ${on(effect.changes)}`] : []),
    `${blockedBy(effect)} ${blockedBy(effect) === 'nobody' ? 'waits' : 'wait'}`,
  ].join('; ');
}
