// slow
import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { test } from 'node:test';
import { upgrade } from '../../src/revisions/run.ts';
import { kill, startHolder } from '../revisions/holder.ts';
import { first, hasCode, onFresh, second } from '../revisions/own-schema.ts';
import { everydayEngines } from '../support/database.ts';

for (const target of everydayEngines()) {
  test(
    `F32: whoever waits is told host, pid, revision and seconds, and how long it waits is a setting (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async (bench) => {
        const child = await startHolder(bench);
        try {
          const told: string[] = [];
          await assert.rejects(
            upgrade(bench.run([first, second], { waitMs: 1500, onWait: (sentence) => told.push(sentence) })),
            hasCode('FC_REVISION_LOCKED', new RegExp(`pid ${child.pid} on ${hostname()} .*applying revision 0002 for \\d+ s`)),
          );
          assert.match(
            told[0] ?? '',
            new RegExp(`^Waiting: pid ${child.pid} on ${hostname()} .*applying revision 0002 for \\d+ s\\.$`),
          );
        } finally {
          await kill(child);
        }
      }),
  );

  test(`F32: a process told not to wait fails at once and names the holder (${target.name})`, { skip: target.skip }, () =>
    onFresh(target, async (bench) => {
      const child = await startHolder(bench);
      try {
        await assert.rejects(
          upgrade(bench.run([first, second], { whenLocked: 'fail' })),
          hasCode('FC_REVISION_LOCKED', new RegExp(`pid ${child.pid}`), /told not to wait/),
        );
      } finally {
        await kill(child);
      }
    }),
  );

  test(`F32: a stop ends the waiting (${target.name})`, { skip: target.skip }, () =>
    onFresh(target, async (bench) => {
      const child = await startHolder(bench);
      try {
        const stop = new AbortController();
        const waiting = upgrade(bench.run([first, second], { signal: stop.signal }));
        setTimeout(() => stop.abort(), 100);
        await assert.rejects(waiting, hasCode('FC_REVISION_STOPPED'));
      } finally {
        await kill(child);
      }
    }),
  );
}
