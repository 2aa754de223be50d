const raise = (isForTransactionOnly: boolean): string =>
  `SELECT set_config('synchronous_commit', 'local', ${isForTransactionOnly}) WHERE current_setting('synchronous_commit') = 'off'`;

/**
 * A server, role or database may say `synchronous_commit = off`: PostgreSQL then acknowledges commits it can still lose. Run inside a
 * transaction, this makes its commit wait for the server's own disk. Stronger settings stay; no standby is waited for that was not asked
 * for. It goes out with every BEGIN, because behind a pooler each transaction may meet another session, and a reload changes open ones.
 */
export const SYNCED_COMMIT = raise(true);

/** The same for a connection of one's own, until it closes. */
export const SYNCED_COMMITS = raise(false);

/** What only the server's operator can put right; `setting` is its name. */
export const UNSAFE_SETTINGS =
  "SELECT name AS setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off' ORDER BY name";

/** Says what an unsafe setting may cost, and what to do. */
export function weaknessOf(setting: string): string {
  const loss =
    setting === 'fsync'
      ? 'what was acknowledged may be lost and the database damaged when the machine fails'
      : 'the database may be damaged when the machine fails, unless its file system never writes half a page';
  return `PostgreSQL runs with ${setting} = off: ${loss}. Next: set ${setting} = on in postgresql.conf and reload.`;
}
