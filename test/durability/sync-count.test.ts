import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { withoutSystemCallCounts } from '../support/faults.ts';

const program = fileURLToPath(new URL('./sequential.child.ts', import.meta.url));
const WRITES = 200;

/** Writes `WRITES` units one after the other, so that each is a group of its own, and counts the syncs of the whole process. */
function countSyncs(synchronous: 'full' | 'normal'): number {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-sync-'));
  try {
    const calls = join(folder, 'calls');
    const url = `sqlite:///${join(folder, 'flashcase.db')}`;
    execFileSync(
      'strace',
      ['-f', '-e', 'trace=fsync,fdatasync', '-o', calls, process.execPath, program, url, String(WRITES), synchronous],
      { timeout: 120_000 },
    );
    return readFileSync(calls, 'utf8').match(/\b(fsync|fdatasync)\(\d/g)?.length ?? 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('syncs on sqlite', { skip: withoutSystemCallCounts() }, () => {
  test('D3: at least one sync for each acknowledged commit', (context) => {
    const syncs = countSyncs('full');
    context.diagnostic(`${syncs} syncs for ${WRITES} commits`);
    assert.ok(syncs >= WRITES, `${syncs} syncs`);
  });

  test('D3 control: in synchronous = NORMAL there are fewer syncs than commits', (context) => {
    const syncs = countSyncs('normal');
    context.diagnostic(`${syncs} syncs for ${WRITES} commits`);
    assert.ok(syncs < WRITES, `${syncs} syncs`);
  });
});
