import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { insertCard } from '../../src/db/stores/cards.ts';
import { insertDeck } from '../../src/db/stores/decks.ts';
import { insertQuarantined } from '../../src/db/stores/quarantine.ts';
import { insertUser } from '../../src/db/stores/users.ts';
import { LIMITS } from '../../src/formats/zip/limits.ts';
import { ZipArchive } from '../../src/formats/zip/read-zip.ts';
import { auditorOn } from '../../src/ops/audit/auditor.ts';
import { knownSecrets } from '../../src/ops/support/known-secrets.ts';
import { childEnv } from '../support/child-env.ts';
import { engines } from '../support/database.ts';
import { openFresh } from '../support/fresh.ts';

const entry = resolve(fileURLToPath(import.meta.url), '../../../bin/flashcase.mjs');

/** One of each kind, each somewhere a careless bundle would find it. */
const PLANTED = {
  password: 'Hunter-2!x',
  metrics: 'metrics-token-0123456789',
  key: 'c0ffee11'.repeat(8),
  login: `fc_${'Zq9-_x'.repeat(8)}`,
  cookie: 'cookie-of-somebody-77',
  email: 'anna.berg@law.example',
  username: 'annaberg',
  card: 'Palsgraf-duty-of-care',
  deck: 'Torts-of-Anna',
  why: 'she-copied-my-outline',
  stranger: 'a-table-of-somebody-else',
} as const;

test('the secrets that are known are those of the settings, of the key of the backups, and both lines of the key of their store', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-secrets-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'backup.key'), `${PLANTED.key}\n`);
  writeFileSync(join(folder, 'store.key'), 'access-key-of-it\r\nsecret-of-it/+0123\n');
  const values: Record<string, string> = { METRICS_TOKEN: PLANTED.metrics };
  const env = { get: (name: string) => (values[name] === undefined ? undefined : { value: values[name], source: 'test' }) };
  const repository = { kind: 's3', keyFile: join(folder, 'store.key') };
  const settings = {
    database: { engine: 'postgres' },
    backup: { keyFile: join(folder, 'backup.key'), physical: { repository } },
  };
  const found = knownSecrets(env as never, settings as never);
  for (const secret of [PLANTED.key, PLANTED.metrics, 'access-key-of-it', 'secret-of-it/+0123'])
    assert.ok(found.includes(secret), secret);
});

for (const target of engines().slice(0, 2)) {
  describe(`flashcase support on ${target.name}`, { skip: target.skip }, () => {
    test('the bundle tells how the installation is, and holds no secret and nothing of anybody: planted everywhere, found nowhere', async (t) => {
      const cwd = mkdtempSync(join(tmpdir(), 'flashcase-support-'));
      const place = await target.withTables();
      t.after(async () => {
        rmSync(cwd, { recursive: true, force: true });
        await place.drop();
      });
      const database = await openFresh(place);
      const at = database.clock.now();
      await database.write(async (session) => {
        const { id } = await insertUser(session, {
          username: PLANTED.username,
          email: PLANTED.email,
          hashed_password: PLANTED.login,
        });
        const deck = await insertDeck(session, id, { name: PLANTED.deck, is_public: true });
        await insertCard(session, { deck_id: deck.id, front: PLANTED.card, back: PLANTED.card });
        const cell = { type: 'text' as const, value: PLANTED.card };
        await insertQuarantined(session.connection, {
          ...{ table: 'card', key: {}, row: { front: cell } as never, reason: 'orphan', detail: PLANTED.card, runId: 'x', at },
        });
      });
      const auditor = auditorOn(database);
      const given = { body: { why: PLANTED.why, token: PLANTED.login }, arguments: [PLANTED.username, PLANTED.email] };
      const step = await auditor.begin({ command: 'POST /moderation/decks/:deck_id/hide', osUser: PLANTED.username, given });
      await step.end({ isDone: true });
      await database.engine.dedicated((connection) =>
        connection.script(`CREATE TABLE somebodys (a varchar(40) DEFAULT '${PLANTED.stranger}')`),
      );
      await database.close();
      mkdirSync(join(cwd, 'backups'));
      const failed = { at: at.text, kind: 'backup', isGood: false, detail: `FC_DB_DISK_FULL: ${PLANTED.card}` };
      writeFileSync(join(cwd, 'backups', 'record.jsonl'), `\n${JSON.stringify(failed)}\n`);
      writeFileSync(join(cwd, 'backup.key'), `${PLANTED.key}\n`);
      const line = {
        level: 30,
        time: 1,
        method: 'GET',
        path: `/api/v1/decks/${PLANTED.deck}`,
        status: 200,
        ms: 3,
        msg: PLANTED.card,
      };
      const error = {
        level: 50,
        time: 2,
        err: { code: 'FC_INTERNAL', what: PLANTED.card, stack: PLANTED.login },
        req: { headers: { cookie: PLANTED.cookie } },
      };
      writeFileSync(
        join(cwd, 'server.log'),
        [JSON.stringify(line), JSON.stringify(error), `${PLANTED.card} ${PLANTED.cookie}`].join('\n'),
      );
      // The servers of the tests ask for no password.
      const withPassword = new URL(place.url.startsWith('postgresql') ? place.url : 'postgresql://somebody@127.0.0.1:1/x');
      withPassword.password = PLANTED.password;
      const direct = withPassword.toString();
      const output = join(cwd, 'support.zip');
      const run = () =>
        spawnSync(process.execPath, [entry, 'support', '--output', output, '--log', 'server.log'], {
          cwd,
          encoding: 'utf8',
          env: childEnv({
            DATABASE_URL: place.url,
            DATABASE_DIRECT_URL: direct,
            METRICS_TOKEN: PLANTED.metrics,
            BACKUP_KEY_FILE: join(cwd, 'backup.key'),
            BACKUP_SCRATCH: cwd,
            BACKUP_DIRECTORY: join(cwd, 'backups'),
            DB_STATEMENT_TIMEOUT: '60',
          }),
        });
      const { status, stdout, stderr } = run();
      assert.equal(status, 0, stderr);
      assert.equal(run().status, 1, 'nothing is overwritten');
      if (process.platform !== 'win32') assert.equal(statSync(output).mode & 0o77, 0);

      const zip = await ZipArchive.open(output, LIMITS);
      const names = ['versions', 'settings', 'state', 'schema', 'sizes', 'doctor', 'plans', 'backups', 'audit'].map(
        (name) => `${name}.json`,
      );
      const texts = new Map<string, string>();
      for (const name of [...names, 'metrics.txt', 'log.ndjson', 'README.txt'])
        texts.set(name, (await zip.read(name, 1 << 24)).toString('utf8'));
      zip.close();
      const hidden = [...Object.values(PLANTED), encodeURIComponent(PLANTED.password)];
      for (const secret of hidden) {
        for (const [name, text] of [...texts, ['stdout', stdout] as const, ['stderr', stderr] as const])
          assert.equal(
            text.includes(secret),
            false,
            `${secret} in ${name}: ${text.slice(Math.max(0, text.indexOf(secret) - 200), text.indexOf(secret) + 60)}`,
          );
        // The check itself can fail: what is planted is there, outside of the bundle.
      }
      assert.ok(readFileSync(join(cwd, 'server.log'), 'utf8').includes(PLANTED.card));

      const of = (name: string) => JSON.parse(texts.get(`${name}.json`) ?? '');
      assert.equal(of('state').database, 'ok', texts.get('state.json') ?? '');
      assert.equal(of('sizes').setAside[0].reason, 'orphan');
      assert.deepEqual(Object.keys(of('sizes').rows).includes('study_log'), true);
      assert.equal(of('schema').applied.at(-1).id, of('schema').known.at(-1).id);
      assert.deepEqual(
        of('schema')
          .drift.map(({ kind }: { kind: string }) => kind)
          .includes('extra'),
        true,
      );
      assert.ok(
        of('plans').length > 10 && of('plans').every(({ plan }: { plan: unknown[] }) => plan.length > 0),
        texts.get('plans.json') ?? '',
      );
      assert.equal(of('backups').recorded[0].code, 'FC_DB_DISK_FULL');
      const [hide] = of('audit').steps;
      assert.deepEqual([hide.command, hide.outcome, hide.by], ['POST /moderation/decks/:deck_id/hide', 'done', 1]);
      assert.match(texts.get('metrics.txt') ?? '', /^flashcase_database_up 1$/m);
      const log = (texts.get('log.ndjson') ?? '')
        .trimEnd()
        .split('\n')
        .map((one) => JSON.parse(one));
      assert.deepEqual(log, [
        { time: 1, level: 30, status: 200, ms: 3, method: 'GET', path: '/api/v1/decks/…' },
        { time: 2, level: 50, code: 'FC_INTERNAL' },
        { linesLeftOut: 1 },
      ]);
      assert.match(stdout, /settings\.json +\d+\.\d kB {2}every setting/);
    });
  });
}

test('the bundle of an installation whose database is away says so in each part, and is made all the same', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'flashcase-support-'));
  try {
    const env = childEnv({ DATABASE_URL: `postgresql://anna:${PLANTED.password}@127.0.0.1:1/x`, DB_POOL_TIMEOUT: '2' });
    const { status, stdout, stderr } = spawnSync(process.execPath, [entry, 'support', '--json', '--output', 'support.zip'], {
      cwd,
      encoding: 'utf8',
      env,
    });
    assert.equal(status, 0, stderr);
    assert.equal(`${stdout}${stderr}`.includes(PLANTED.password), false);
    assert.ok((JSON.parse(stdout) as { parts: unknown[] }).parts.length >= 9);
    assert.ok(statSync(join(cwd, 'support.zip')).size > 500);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
});
