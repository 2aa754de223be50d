// slow
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { everydayEngines } from '../support/database.ts';
import { DATABASE_PASSWORD, LedgerInstallation } from '../support/ledger-installation.ts';
import type { Student } from '../support/load-population.ts';
import { AdminClient, frontsOf, makeAdmin, writeCards } from '../support/move-admin.ts';

// Without the pooler: a move refuses one as its target.
for (const target of everydayEngines().filter(({ name }) => /^postgres \d+$/.test(name))) {
  describe(`the move over the API, to ${target.name}`, { skip: target.skip }, () => {
    test('an administrator sees it, compares, switches there and back in the very server that is turned, and nothing of a user is lost', async (context) => {
      const installation = await LedgerInstallation.create(target, 1);
      const user = new AbortController();
      try {
        await makeAdmin(installation);
        const { base } = await installation.serve();
        const admin = await AdminClient.logIn(base);
        const [student] = installation.students as [Student];
        const look = async () => (await admin.call('GET', '/move')).body;
        const refused = async (action: string, json?: unknown) => {
          const { status, body } = await admin.call('POST', `/move/${action}`, json);
          return { status, code: body.code, hint: body.hint };
        };

        const before = await look();
        assert.equal(before.standing, 'none');
        assert.equal(before.status, null);
        assert.deepEqual(
          before.steps.map(({ command, action }: { command: string; action: unknown }) => [command, action]),
          [
            ['flashcase move plan --to URL', null],
            ['flashcase move start --to URL', null],
          ],
        );
        assert.deepEqual(await refused('verify'), {
          status: 409,
          code: 'FC_MOVE_NOT_STARTED',
          hint: 'Begin with flashcase move plan --to URL.',
        });

        const writing = writeCards(base, student, user.signal);
        await installation.done('start', '--to', installation.targetUrl);
        const started = await admin.call('GET', '/move');
        assert.equal(started.body.standing, 'underway');
        assert.ok(!started.text.includes(DATABASE_PASSWORD));
        const printed = JSON.parse(await installation.done('status', '--json'));
        const { state, primary, event, next } = started.body.status;
        assert.deepEqual(
          { runId: state.runId, phase: state.phase, primary, event, next },
          {
            runId: printed.state.runId,
            phase: 'forward',
            primary: printed.primary,
            event: 'status',
            next: printed.next,
          },
        );

        // What cannot be is refused as the commands refuse it, and nothing has changed.
        assert.equal((await refused('cutover')).status, 422);
        const mistyped = await admin.call('POST', '/move/cutover', { confirm: 'yes' });
        assert.equal(mistyped.status, 422);
        assert.deepEqual(mistyped.body.detail[0].loc, ['body', 'confirm']);
        assert.deepEqual(await refused('rollback', { confirm: 'flashcase.db' }), {
          status: 409,
          code: 'FC_MOVE_STATE',
          hint: 'flashcase move cutover makes PostgreSQL the primary.',
        });
        assert.equal((await admin.call('POST', '/move/pause')).status, 202);
        const database = new URL(installation.targetUrl).pathname.slice(1);
        assert.deepEqual(await refused('cutover', { confirm: database }), {
          status: 409,
          code: 'FC_MOVE_STATE',
          hint: 'Run flashcase move resume first.',
        });
        assert.equal((await admin.call('POST', '/move/resume')).status, 202);
        const paused = await look();
        assert.deepEqual(
          paused.moments
            .map(({ kind }: { kind: string }) => kind)
            .filter((kind: string) => kind !== 'verified')
            .slice(-4),
          ['confirmed', 'paused', 'confirmed', 'resumed'],
        );
        assert.equal(paused.status.state.epoch, 1);

        // What is set is set for the whole move, by the page as by the command; what makes no sense changes nothing.
        assert.deepEqual(paused.settings, { throttle: 'auto', shadow: 'off' });
        for (const [action, value] of [
          ['throttle', '0ms'],
          ['throttle', 'soon'],
          ['shadow', '101'],
          ['shadow', ''],
        ] as const) {
          const { status, body } = await admin.call('POST', `/move/${action}`, { value });
          assert.deepEqual([status, body.detail?.[0].loc], [422, ['body', 'value']], `${action} ${value}`);
        }
        assert.equal((await admin.call('POST', '/move/throttle', { value: '0.5s' })).status, 202);
        assert.equal((await admin.call('POST', '/move/shadow', { value: '100' })).status, 202);
        const set = await look();
        assert.deepEqual(set.settings, { throttle: '500ms', shadow: '100' });
        assert.match(set.job.text, /100 % of what users read is asked of both sides/);
        assert.equal(JSON.parse(await installation.done('throttle', '--json')).setting, 500);
        assert.equal((await admin.call('POST', '/move/shadow', { value: 'off' })).status, 202);
        assert.deepEqual((await look()).settings, { throttle: '500ms', shadow: 'off' });

        // One at a time.
        const both = await Promise.all([admin.call('POST', '/move/verify'), admin.call('POST', '/move/verify')]);
        assert.deepEqual(both.map(({ status }) => status).toSorted(), [202, 409]);
        while ((await look()).job.endedAt === null);
        const compared = (await look()).job;
        assert.equal(compared.isOk, true, JSON.stringify(compared));
        assert.match(compared.text, /tables equal/);

        const practice = await admin.work('practice');
        assert.match(practice.text, /Practice: given up on purpose/, JSON.stringify(practice));
        assert.equal((await look()).status.primary, 'sqlite');

        const over = await admin.work('cutover', { confirm: database });
        assert.match(over.text, /PostgreSQL is primary \(epoch 2\)/, JSON.stringify(over));
        const after = await look();
        assert.equal(after.status.primary, 'postgres');
        assert.ok(after.forecast.lastPausesMs.length >= 2);
        assert.match(readFileSync(join(installation.folder, '.env'), 'utf8'), /^DATABASE_URL=postgresql:/m);
        assert.equal(((await (await fetch(`${base}/ready`)).json()) as { engine: string }).engine, 'postgres');

        const back = await admin.work('rollback', { confirm: 'flashcase.db' });
        assert.match(back.text, /SQLite is primary \(epoch 3\)/, JSON.stringify(back));
        const again = await admin.work('cutover', { confirm: database });
        assert.match(again.text, /PostgreSQL is primary \(epoch 4\)/, JSON.stringify(again));

        user.abort();
        const { acknowledged, problems } = await writing;
        assert.deepEqual(problems, []);
        const fronts = (await frontsOf(base, student)).filter((front) => front.startsWith('written'));
        assert.deepEqual(fronts.toSorted(), acknowledged.toSorted());
        const last = await look();
        const { users } = last.status;
        assert.equal(users.all.failed, 0);
        assert.ok(users.writes.p99Ms > 0);
        context.diagnostic(
          `${acknowledged.length} writes; pauses ${last.forecast.lastPausesMs.join(', ')} ms; writes p99 ${users.writes.p99Ms} ms`,
        );

        // Who asked stays in the record.
        const { report } = JSON.parse(await installation.done('report', '--json'));
        const onPage = report.confirmations.filter(({ through }: { through: string }) => through === 'page');
        assert.ok(onPage.every(({ user }: { user: string }) => user === 'admin'));
        const asked = onPage.map(({ command, flags }: { command: string; flags: string[] }) => [command, ...flags].join(' '));
        // One that gave up on a busy machine was asked for again.
        const once = asked.filter((command: string, i: number) => command !== asked[i - 1]);
        assert.deepEqual(once.slice(-4), ['cutover --practice', 'cutover', 'rollback', 'cutover']);
        assert.ok(
          asked.includes('throttle 0.5s') && asked.includes('shadow off') && !asked.includes('shadow 101'),
          String(asked),
        );

        // So does each step in the audit trail, on whichever side it was asked for: SQLite, PostgreSQL, SQLite, PostgreSQL.
        const wanted = ['pause', 'resume', 'throttle', 'shadow', 'verify', 'practice', 'cutover', 'rollback'];
        const trail = async () =>
          (await admin.call('GET', '/audit/events')).body as { command: string; kind: string; account_name: string }[];
        const endsOf = (events: Awaited<ReturnType<typeof trail>>, kind: string) =>
          events.filter((event) => event.command.startsWith('POST /move/') && event.kind === kind).map(({ command }) => command);
        let events = await trail();
        for (const deadline = performance.now() + 60_000; performance.now() < deadline; events = await trail()) {
          const ended = endsOf(events, 'ended');
          // Mistyped, refused while it was paused, and twice done; each begin has its end.
          const isWhole = ended.length === endsOf(events, 'begun').length;
          if (isWhole && ended.filter((command) => command === 'POST /move/cutover').length >= 4) break;
          await delay(200);
        }
        assert.deepEqual(endsOf(events, 'begun').toSorted(), endsOf(events, 'ended').toSorted());
        assert.deepEqual(
          wanted.filter((action) => !endsOf(events, 'ended').includes(`POST /move/${action}`)),
          [],
        );
        assert.ok(events.every(({ account_name, command }) => !command.startsWith('POST') || account_name === 'admin'));

        await installation.done('finish', '--yes');
        assert.equal((await look()).standing, 'finished');
        assert.equal((await refused('verify')).code, 'FC_MOVE_NOT_STARTED');
        for (const server of installation.servers) assert.equal(await server.end('SIGTERM'), 0);
      } finally {
        user.abort();
        await installation.end();
      }
    });
  });
}
