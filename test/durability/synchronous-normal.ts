import { DatabaseSync } from 'node:sqlite';

/** For control runs: from here on every writing connection of this process is set to NORMAL before it begins a transaction. */
export function weakenSyncs(): void {
  const { exec } = DatabaseSync.prototype;
  DatabaseSync.prototype.exec = function (sql) {
    if (sql === 'BEGIN IMMEDIATE') exec.call(this, 'PRAGMA synchronous = NORMAL');
    return exec.call(this, sql);
  };
}
