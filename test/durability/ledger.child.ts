/**
 * A server at engine level, made to be killed: opens the database, runs each unit the parent sends and answers when `write` resolves.
 * The second argument takes a protection away, for control runs only:
 *   early   answers when the unit has run, before its commit
 *   normal  sets PRAGMA synchronous = NORMAL on the writing connection
 *   off     sets synchronous_commit = off in every write transaction
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection, Engine } from '../../src/engine/engine.ts';
import { FlashcaseError } from '../../src/errors/index.ts';
import { openEngine } from '../engine/open.ts';
import type { Answer } from '../support/load.ts';
import { type LedgerWrite, ledger, writeEntry } from './ledger.ts';
import { weakenSyncs } from './synchronous-normal.ts';

const [url = '', sabotage = 'none'] = process.argv.slice(2);

if (sabotage === 'normal') weakenSyncs();
const guard = { sql: 'SET LOCAL synchronous_commit = off', check() {} };
const engine = open();

/** The parent is told why the database cannot be opened. */
function open(): Engine {
  try {
    return openEngine({ url }, { schema: ledger, ...(sabotage === 'off' ? { guard } : {}) });
  } catch (error) {
    const { errcode } = (error as { cause?: { errcode?: number } }).cause ?? {};
    process.send?.({ errcode });
    throw error;
  }
}
const early: Pick<Engine, 'write'> = {
  write: <T>(work: (connection: Connection) => Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      engine
        .write(async (connection) => {
          const value = await work(connection);
          resolve(value);
          // The commit's own time, which a test server with fsync off does not take.
          await delay(2);
          return value;
        })
        .catch(reject);
    }),
};

async function answer(label: string, write: LedgerWrite): Promise<Answer> {
  try {
    return { outcome: 'ok', answer: await writeEntry(sabotage === 'early' ? early : engine, label, write) };
  } catch (error) {
    if (!(error instanceof FlashcaseError)) throw error;
    return { outcome: 'fail', code: error.code };
  }
}

process.on('message', (message: { key: string; content: LedgerWrite }) => {
  void answer(message.key, message.content).then((value) => process.send?.({ key: message.key, value }));
});
process.on('disconnect', () => void engine.close());
// The query builder is loaded when it is first used: loaded here, or a short round is over before the first write has begun.
await engine.read((connection) => connection.kysely.selectFrom('tally').selectAll().execute());
process.send?.({ ready: true });
