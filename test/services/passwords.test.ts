// slow
import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { hashPassword, spendVerification, verifyPassword } from '../../src/services/passwords.ts';

test('a hash is Argon2id with its parameters, never the same twice, and only its password fits', async () => {
  const [one, two] = await Promise.all([hashPassword('Über die Brücke'), hashPassword('Über die Brücke')]);
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.notEqual(one, two);
  assert.deepEqual(await verifyPassword('Über die Brücke', one), { isRight: true, isOutdated: false });
  assert.deepEqual(await verifyPassword('über die brücke', one), { isRight: false, isOutdated: false });
});

test('a hash made with less is right and due to be made anew', async () => {
  // Made with m=8192, t=1 by crypto.argon2.
  const { argon2Sync } = await import('node:crypto');
  const nonce = Buffer.alloc(16, 7);
  const tag = argon2Sync('argon2id', { message: 'password-1', nonce, memory: 8192, passes: 1, parallelism: 1, tagLength: 32 });
  const plain = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
  const weak = `$argon2id$v=19$m=8192,t=1,p=1$${plain(nonce)}$${plain(tag)}`;
  assert.deepEqual(await verifyPassword('password-1', weak), { isRight: true, isOutdated: true });
});

test('a bcrypt hash of the original app is checked in a thread of its own and due to be made anew', async () => {
  const stored = hashSync('password-1', 4);
  assert.deepEqual(await verifyPassword('password-1', stored), { isRight: true, isOutdated: true });
  assert.deepEqual(await verifyPassword('password-2', stored), { isRight: false, isOutdated: true });
});

test('what is no hash fits no password', async () => {
  for (const stored of ['', 'password-1', '$argon2id$v=19$m=1,t=1$x$y', '$1$md5']) {
    assert.equal((await verifyPassword('password-1', stored)).isRight, false, stored);
  }
});

test('a password beyond 1024 bytes is refused before any work', async () => {
  const started = performance.now();
  await assert.rejects(verifyPassword('x'.repeat(1_000_000), await hashPassword('y'.repeat(1024))), { code: 'FC_INPUT_INVALID' });
  await assert.rejects(hashPassword('ä'.repeat(513)), { code: 'FC_INPUT_INVALID' });
  assert.ok(performance.now() - started < 2000);
});

test('a name nobody has takes the time of a wrong password', async () => {
  const stored = await hashPassword('password-1');
  const time = async (work: () => Promise<unknown>) => {
    const started = performance.now();
    await work();
    return performance.now() - started;
  };
  const known: number[] = [];
  const unknown: number[] = [];
  for (let i = 0; i < 25; i++) {
    known.push(await time(() => verifyPassword('wrong', stored)));
    unknown.push(await time(() => spendVerification('wrong')));
  }
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[12] as number;
  const ratio = median(known) / median(unknown);
  // A busy machine blurs single tries; leaving the work out would give a ratio beyond ten.
  assert.ok(ratio > 0.6 && ratio < 1.6, `medians ${median(known)} and ${median(unknown)} ms`);
});

test('hashing leaves the event loop free, and a long queue is refused', async () => {
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const asked = Array.from({ length: 130 }, () =>
    hashPassword('password-1').then(
      () => 'hashed',
      (error: { code: string }) => error.code,
    ),
  );
  const outcomes = await Promise.all(asked);
  delay.disable();
  assert.equal(outcomes.filter((outcome) => outcome === 'FC_RATE_LIMITED').length, 130 - 102);
  assert.ok(delay.percentile(99) / 1e6 < 100, `99 % of turns within ${delay.percentile(99) / 1e6} ms`);
});
