// slow
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { latencyFolderOf } from '../../src/move/latency/latency-files.ts';
import type { MoveReport } from '../../src/move/report/move-report.ts';
import type { Sealed } from '../../src/move/report/seal.ts';
import { servers } from '../move/library.ts';
import type { Target } from '../support/database.ts';
import { newestServers } from '../support/database.ts';
import { DATABASE_PASSWORD, LedgerInstallation } from '../support/ledger-installation.ts';

const timeout = 600_000;

/** Students who study on all servers until they are stopped; counts what they asked. */
class Studying {
  sent = 0;
  readonly failures: string[] = [];
  readonly #installation: LedgerInstallation;
  #isStopped = false;
  readonly #loops: Promise<void>[];

  constructor(installation: LedgerInstallation) {
    this.#installation = installation;
    this.#loops = installation.students.map((_, i) => this.#study(i));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#loops);
  }

  async #study(i: number): Promise<void> {
    const { servers: running, students } = this.#installation;
    const { base } = running[i % running.length] as (typeof running)[number];
    const headers = { authorization: `Bearer ${students[i]?.token}`, 'content-type': 'application/json' };
    for (let no = 0; !this.#isStopped; no++) {
      const isWrite = no % 2 === 1;
      const answer = await fetch(
        `${base}/api/v1/${isWrite ? 'decks' : 'auth/me'}`,
        isWrite ? { method: 'POST', headers, body: JSON.stringify({ name: `deck ${no}` }) } : { headers },
      );
      await answer.arrayBuffer();
      this.sent++;
      if (!answer.ok) this.failures.push(`${answer.status}`);
      await delay(40);
    }
  }
}

const requestsIn = (report: MoveReport): number => (report.felt ?? []).reduce((sum, { all }) => sum + all.requests, 0);

async function onInstallation(target: Target, work: (installation: LedgerInstallation) => Promise<void>): Promise<void> {
  const installation = await LedgerInstallation.create(target, 4);
  try {
    await work(installation);
  } finally {
    await installation.end();
  }
}

const reportNow = async (installation: LedgerInstallation): Promise<Sealed<MoveReport>> =>
  (JSON.parse(await installation.done('report', '--json')) as { report: Sealed<MoveReport> }).report;

for (const target of newestServers(servers())) {
  describe(`the report of a live move to ${target.name}`, { skip: target.skip }, () => {
    test('says who asked for what, how long everything took, what users felt before, during and after, with the digests of both sides; it is sealed, and a change is found', {
      timeout,
    }, async () => {
      await onInstallation(target, async (installation) => {
        await installation.serve();
        await installation.serve();
        const studying = new Studying(installation);
        await delay(3000);
        await installation.done('start', '--to', installation.targetUrl);
        await installation.done('verify');
        await installation.done('cutover', '--practice');
        await installation.turn('cutover', () => delay(1000));
        await delay(3000);
        const status = JSON.parse(await installation.done('status', '--json')) as { users: { all: { requests: number } } };
        assert.ok(status.users.all.requests > 0, 'the status tells what users feel now');
        assert.match(
          await installation.done('status'),
          /\n {2}users {5}\d+ requests in 10 s \(\d+ writes\), p50 [\d.]+ ms, p99 [\d.]+ ms, 0 failed/,
        );
        await studying.stop();
        assert.deepEqual(studying.failures, []);

        // Servers write what they measured every two seconds.
        let noted = await reportNow(installation);
        while (requestsIn(noted) < studying.sent) {
          await delay(500);
          noted = await reportNow(installation);
        }
        assert.equal(noted.isFinal, false);
        const finished = JSON.parse(
          await installation.done('finish', '--yes', '--json').then((out) => out.trim().split('\n').at(-1) as string),
        ) as {
          readonly reportFile: string;
          readonly pageFile: string;
          readonly keptFile: string;
          readonly sha256: string;
          readonly fingerprint: string;
        };
        const text = readFileSync(finished.reportFile, 'utf8');
        const report = JSON.parse(text) as Sealed<MoveReport>;
        const keep = process.env.FLASHCASE_KEEP_REPORT;
        if (keep !== undefined) writeFileSync(keep, text);

        assert.equal(report.isFinal, true);
        assert.deepEqual(report.kept, { file: finished.keptFile, sha256: finished.sha256 });
        assert.match(report.software.node, /^\d+\.\d+/);
        assert.match(report.software.flashcase, /^\d+\.\d+/);
        assert.match(report.versions?.sqlite ?? '', /^3\.\d+/);
        assert.match(report.versions?.postgres ?? '', target.name.includes('15') ? /^15\./ : /^18\./);
        assert.deepEqual(
          report.confirmations
            .map(({ command, flags }) => [command, ...flags].join(' '))
            .filter((typed, i, all) => typed !== all[i - 1]),
          ['start', 'cutover --practice', 'cutover', 'finish --yes'],
        );
        for (const { user, through, host } of report.confirmations) {
          assert.notEqual(user, '');
          assert.notEqual(host, '');
          assert.equal(through, 'program');
        }
        assert.deepEqual(
          report.steps.map(({ name }) => name),
          [
            'capture and copy',
            'of it: snapshot and judging',
            'of it: rows',
            'of it: keys, indexes, foreign keys, statistics',
            'PostgreSQL followed SQLite',
            'SQLite followed PostgreSQL',
          ],
        );
        assert.ok(report.steps.every(({ seconds }) => seconds > 0));
        const made = report.switches.find(({ kind }) => kind === 'cutover');
        assert.ok((made?.pauseMs ?? 0) > 0);

        assert.equal(requestsIn(report), studying.sent, 'each request counts once');
        const partOf = (name: string) => (report.felt ?? []).find(({ phase }) => phase === name);
        for (const name of [
          'before the move',
          'copying, SQLite serves',
          'PostgreSQL follows, SQLite serves',
          'the cutover',
          'SQLite follows, PostgreSQL serves',
        ]) {
          const part = partOf(name);
          assert.ok(part !== undefined, name);
          assert.equal(part.all.failed, 0, name);
        }
        for (const name of ['before the move', 'the cutover', 'SQLite follows, PostgreSQL serves'])
          assert.ok((partOf(name)?.writes.requests ?? 0) > 0 && (partOf(name)?.reads.p99Ms ?? 0) > 0, name);

        const compared = report.comparisons.at(-1);
        assert.ok(compared?.isEqual);
        for (const { table, sqlite, postgres } of compared.tables) {
          assert.match(sqlite ?? '', /^[0-9a-f]{64}$/, table);
          assert.equal(sqlite, postgres, table);
        }
        for (const { table, rows, copied, quarantined } of report.tables ?? []) assert.equal(copied + quarantined, rows, table);
        assert.equal(report.quarantine?.rows, 0);

        for (const file of [finished.reportFile, finished.pageFile]) {
          const { mode, uid } = statSync(file);
          assert.deepEqual([mode & 0o777, uid], [0o600, statSync(finished.keptFile).uid]);
        }
        const page = readFileSync(finished.pageFile, 'utf8');
        assert.doesNotMatch(page, /<script|https?:\/\//);
        assert.ok(page.includes(report.seal.signature) && page.includes(finished.sha256));
        for (const written of [text, page]) assert.equal(written.includes(DATABASE_PASSWORD), false, 'a password was written');
        assert.equal(existsSync(latencyFolderOf(installation.file)), false);

        // What an auditor noted while the move was under way leads here.
        assert.deepEqual(report.events.slice(0, noted.events.length), noted.events);
        assert.equal(finished.fingerprint, noted.seal.fingerprint);
        assert.match(
          await installation.done('report', '--check', finished.reportFile, '--key', noted.seal.fingerprint),
          /is as it was sealed: \d+ events/,
        );
        const forged = join(installation.folder, 'forged.json');
        for (const [was, is] of [
          ['"through": "program"', '"through": "terminal"'],
          ['"kind": "verified"', '"kind": "verifies"'],
          [report.seal.sha256, '0'.repeat(64)],
        ] as const) {
          writeFileSync(forged, text.replace(was, is));
          const { code, out } = await installation.move('report', '--check', forged);
          assert.equal(code, 3, out);
          assert.match(out, /does NOT hold/);
        }
        const other = await installation.move('report', '--check', finished.reportFile, '--key', 'f'.repeat(32));
        assert.equal(other.code, 3);
        assert.match(other.out, /not with ffff/);
      });
    });
  });
}
