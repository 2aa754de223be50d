// slow
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const demo = fileURLToPath(new URL('../demo/move.ts', import.meta.url));

test('npm run demo:move types every command of the move while students study, and finds each acknowledged write in PostgreSQL', {
  timeout: 280_000,
}, async () => {
  const child = spawn(process.execPath, [demo, '--students', '4', '--seconds', '1'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  let page = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
    const url = /The picture: (\S+)/.exec(printed)?.[1];
    if (url === undefined || page !== '') return;
    page = 'asked';
    // What a browser gets: the page, and the samples as they come.
    void fetch(url).then(async (response) => {
      page = await response.text();
    });
  });
  const [code] = (await once(child, 'close')) as [number | null];
  assert.equal(code, 0, printed);
  assert.match(page, /FlashCase moves while people study/);
  for (const command of ['plan', 'rehearse', 'start', 'verify', 'cutover', 'status', 'rollback', 'finish'])
    assert.ok(printed.includes(`$ flashcase move ${command}`), command);
  assert.match(printed, /[1-9]\d* writes were acknowledged.*: 0 lost or doubled\./);
  assert.match(printed, /[1-9]\d* answers: 0 failed, 0 wrong/);
});
