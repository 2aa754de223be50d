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
