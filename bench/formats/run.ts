// Reading and writing a large Anki package: 100,000 notes, 1,000,000 reviews. Each run in a process of its own, for its memory.
// node bench/formats/run.ts [notes]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const once = fileURLToPath(new URL('once.ts', import.meta.url));
const notes = process.argv[2] ?? '100000';
const folder = mkdtempSync(join(tmpdir(), 'flashcase-bench-'));

interface Result {
  readonly seconds: number;
  readonly processorSeconds: number;
  readonly mebibytes: number;
  readonly rows: number;
}

const run = (what: string): Result =>
  JSON.parse(
    execFileSync(process.execPath, [once, what, folder, notes], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }),
  );

try {
  const results = new Map<string, Result>();
  for (const what of ['write apkg', 'read bare', 'read apkg', 'import', 'write archive', 'read archive']) {
    const result = run(what);
    results.set(what, result);
    console.log(
      `${what.padEnd(14)} ${result.seconds.toFixed(1).padStart(6)} s ${result.processorSeconds.toFixed(1).padStart(6)} s of processor ${String(result.mebibytes).padStart(5)} MiB ${result.rows.toLocaleString('en').padStart(10)} rows`,
    );
  }
  const bare = results.get('read bare') as Result;
  const read = results.get('read apkg') as Result;
  console.log(`package: ${Math.round(statSync(join(folder, 'large.apkg')).size / 1024 / 1024)} MiB`);
  console.log(
    `reading the package takes ${(read.processorSeconds / bare.processorSeconds).toFixed(1)} times the processor time of unpacking it and reading every row of its tables bare`,
  );
  const imported = results.get('import') as Result;
  console.log(
    `importing it with its history takes ${(imported.processorSeconds / read.processorSeconds).toFixed(1)} times the processor time of reading it`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
