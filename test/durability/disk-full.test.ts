import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Engine } from '../../src/engine/engine.ts';
import { FlashcaseError } from '../../src/errors/index.ts';
import { openEngine } from '../engine/open.ts';
import { fillDisk, smallDisk } from '../support/faults.ts';
import { Journal } from '../support/journal.ts';
import { type Answer, runLoad } from '../support/load.ts';
import { type LedgerWrite, ledger, ledgerViolations, prepareLedger, writeEntry } from './ledger.ts';

const CLIENTS = 8;

const disk = smallDisk(16);
describe('a full disk on sqlite', { skip: typeof disk === 'string' && disk }, () => {
  const path = typeof disk === 'string' ? '' : disk.path;
  after(() => typeof disk === 'object' && disk.remove());

  const submit = async (engine: Engine, key: string, content: LedgerWrite): Promise<Answer> => {
    try {
      return { outcome: 'ok', answer: await writeEntry(engine, key, content) };
    } catch (error) {
      assert.ok(error instanceof FlashcaseError, String(error));
      return { outcome: 'fail', code: error.code };
    }
  };

  test('D4: writes are refused as FC_DB_DISK_FULL, reads go on, nothing acknowledged is lost, writing resumes when there is room', async (context) => {
    const journal = await Journal.create();
    const engine = openEngine({ url: `sqlite:///${join(path, 'flashcase.db')}` }, { schema: ledger });
    const codes = new Map<string, number>();
    /** Runs until a client has been refused `limit` times for a full disk, or for so many writes each. */
    const load = async (
      round: string,
      turns: number,
      limit = Number.POSITIVE_INFINITY,
    ): Promise<{ ok: number; fail: number }> => {
      let refused = 0;
      return runLoad(
        {
          clients: CLIENTS,
          journal,
          next: (client, turn) =>
            turn >= turns || refused >= limit
              ? undefined
              : { key: `${round}-${client}-${turn}`, content: { client, amount: '7', note: 'x'.repeat(4000), isDoomed: false } },
          async submit(request) {
            const answer = await submit(engine, request.key, request.content as LedgerWrite);
            if (answer.outcome === 'fail') {
              refused++;
              codes.set(answer.code, (codes.get(answer.code) ?? 0) + 1);
            }
            return answer;
          },
        },
        new AbortController().signal,
      );
    };
    try {
      await prepareLedger(engine, CLIENTS);
      const room = await load('room', 20);
      assert.deepEqual(room, { ok: CLIENTS * 20, fail: 0, unknown: 0 });

      const free = fillDisk(path, 400_000);
      const full = await load('full', 2000, 50);
      context.diagnostic(
        `${room.ok} writes with room, ${full.ok} on the way to full, ${full.fail} refused: ${JSON.stringify([...codes])}`,
      );
      assert.deepEqual([...codes.keys()], ['FC_DB_DISK_FULL']);
      assert.ok(full.fail >= 50);
      assert.deepEqual(await ledgerViolations(engine, await journal.operations()), []);

      free();
      const resumed = await load('again', 20);
      assert.deepEqual(resumed, { ok: CLIENTS * 20, fail: 0, unknown: 0 });
      assert.deepEqual(await ledgerViolations(engine, await journal.operations()), []);
      const [checked] = await engine.read((connection) => connection.query('PRAGMA integrity_check'));
      assert.deepEqual(checked, { integrity_check: 'ok' });
    } finally {
      await engine.close();
      await journal.close();
    }
  });

  test('D4: a server that starts on a full disk says so, and starts when there is room', async () => {
    const url = `sqlite:///${join(path, 'flashcase.db')}`;
    const free = fillDisk(path, 0);
    const open = async (): Promise<void> => {
      const engine = openEngine({ url }, { schema: ledger });
      try {
        await writeEntry(engine, 'late', { client: 0, amount: '1', note: 'x'.repeat(4000), isDoomed: false });
      } finally {
        await engine.close();
      }
    };
    await assert.rejects(open(), (error) => error instanceof FlashcaseError && error.code === 'FC_DB_DISK_FULL');
    free();
    await open();
  });
});
