import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Env } from '../../src/db/env.ts';
import { describeSettings, readSettings } from '../../src/db/settings.ts';
import { FlashcaseError } from '../../src/errors/index.ts';

const env = (values: Record<string, string>): Env =>
  new Map(Object.entries(values).map(([name, value]) => [name, { value, source: 'environment' }]));

test('without any setting the data is one SQLite file in the folder', () => {
  const settings = readSettings(env({}), '/srv/app');
  assert.deepEqual(settings.database, { engine: 'sqlite', file: '/srv/app/flashcase.db' });
  assert.equal(settings.poolSize, 20);
  assert.equal(settings.maxOverflow, 10);
  assert.equal(settings.poolTimeoutSeconds, 30);
  assert.equal(settings.poolRecycleSeconds, 3600);
});

test('every form of database URL the original accepted is understood', () => {
  const database = (url: string) => readSettings(env({ DATABASE_URL: url }), '/srv/app').database;
  assert.deepEqual(database('sqlite:////var/lib/x.db'), { engine: 'sqlite', file: '/var/lib/x.db' });
  assert.deepEqual(database('sqlite:///./x.db'), { engine: 'sqlite', file: '/srv/app/x.db' });
  assert.deepEqual(database('sqlite+aiosqlite:///x.db'), { engine: 'sqlite', file: '/srv/app/x.db' });
  for (const scheme of ['postgresql', 'postgres', 'postgresql+asyncpg', 'postgresql+psycopg2', 'postgresql+psycopg']) {
    assert.deepEqual(
      database(`${scheme}://u:p%40@h:5433/d`),
      { engine: 'postgres', url: 'postgresql://u:p%40@h:5433/d' },
      scheme,
    );
  }
  assert.deepEqual(database('postgresql+asyncpg://u@h/d?ssl=true'), {
    engine: 'postgres',
    url: 'postgresql://u@h/d?sslmode=require',
  });
});

test('all wrong settings are listed in one message', () => {
  assert.throws(
    () =>
      readSettings(
        env({
          DATABASE_URL: 'mysql://x',
          DB_POOL_SIZE: 'many',
          PORT: '99999',
          DEBUG: 'maybe',
          DATABASE_DIRECT_URL: 'sqlite:///a.db',
        }),
        '/',
      ),
    (error) => {
      assert.ok(error instanceof FlashcaseError);
      assert.equal(error.code, 'FC_SETTINGS_INVALID');
      assert.deepEqual(
        (error.details.problems as string[]).map((problem) => problem.split(' ')[0]),
        ['DATABASE_URL', 'DATABASE_DIRECT_URL', 'DB_POOL_SIZE', 'PORT', 'DEBUG'],
      );
      return true;
    },
  );
});

test('a password is never printed, not even a wrong URL’s', () => {
  const shown = JSON.stringify(
    describeSettings(
      env({ DATABASE_URL: 'postgresql://user:s3cret@host/db', DATABASE_DIRECT_URL: 'postgres://u:s3cret@h/d?password=s3cret' }),
    ),
  );
  assert.doesNotMatch(shown, /s3cret/);
  assert.match(shown, /user:\*\*\*@host/);
  // Not encoded as it should be, and wrong for that.
  const raw = env({
    DATABASE_URL: 'postgresql://user:s3c@ret@host/db',
    DATABASE_DIRECT_URL: 'postgresql://user:s3/c#r?et@host/db',
  });
  assert.doesNotMatch(JSON.stringify(describeSettings(raw).map(({ value }) => value)), /s3|ret/);
  assert.throws(
    () => readSettings(env({ DATABASE_URL: 'oracle://user:s3cret@host/db' }), '/'),
    (error) => error instanceof FlashcaseError && !JSON.stringify(error).includes('s3cret') && !error.toText().includes('s3cret'),
  );
});

test('what a starting server does about the schema is one of three words', () => {
  const whenPending = (values: Record<string, string>) => readSettings(env(values), '/srv/app').whenPending;
  assert.equal(whenPending({}), 'wait');
  for (const word of ['wait', 'fail', 'serve-old']) assert.equal(whenPending({ DB_REVISIONS: word }), word);
  assert.throws(() => whenPending({ DB_REVISIONS: 'later' }), /DB_REVISIONS is not one of wait, fail, serve-old/);
  const [described] = describeSettings(env({ DB_REVISIONS: 'fail' })).filter(({ name }) => name === 'DB_REVISIONS');
  assert.deepEqual([described?.value, described?.source], ['fail', 'environment']);
});

test('backups are on without being set up, beside the file, and with a key no plain copy is made among them; a wrong time, retention or nothing kept is named', () => {
  const backup = (values: Record<string, string>) => readSettings(env(values), '/srv/app').backup;
  assert.deepEqual(backup({}), {
    directory: '/srv/app/flashcase.db.backups',
    minuteOfDay: 180,
    logSeconds: 5,
    retention: { days: 14, weeks: 8, months: 12 },
    keyFile: undefined,
    scratch: '/srv/app/flashcase.db.backups',
    physical: undefined,
  });
  assert.equal(backup({ DATABASE_URL: 'postgresql://u@h/d' }).directory, '/srv/app/flashcase-backups');
  // Once there is a key, nothing plain lies among the backups.
  const postgres = { DATABASE_URL: 'postgresql://u@h/d', BACKUP_KEY_FILE: '/k' };
  assert.equal(backup(postgres).scratch, '/srv/app');
  assert.deepEqual(
    backup({
      BACKUP_DIRECTORY: './b',
      BACKUP_SCHEDULE: 'off',
      BACKUP_LOG: 'off',
      BACKUP_RETENTION: '1d 0w 0m',
      BACKUP_KEY_FILE: '/k',
    }),
    {
      directory: '/srv/app/b',
      minuteOfDay: undefined,
      logSeconds: undefined,
      retention: { days: 1, weeks: 0, months: 0 },
      keyFile: '/k',
      scratch: '/srv/app',
      physical: undefined,
    },
  );
  // Nothing prunes a log where there are no nights: it is kept for who asks for it.
  assert.equal(backup({ BACKUP_SCHEDULE: 'off' }).logSeconds, undefined);
  assert.equal(backup({ BACKUP_SCHEDULE: 'off', BACKUP_LOG: '5' }).logSeconds, 5);
  // The same whatever folder a command is typed in, also among the backups.
  for (const folder of ['/srv/app', '/mnt/b/backups', '/'])
    assert.equal(readSettings(env({ ...postgres, BACKUP_DIRECTORY: '/mnt/b/backups' }), folder).backup.scratch, '/mnt/b');
  for (const values of [
    { BACKUP_DIRECTORY: '/srv', BACKUP_KEY_FILE: '/k' },
    { ...postgres, BACKUP_DIRECTORY: '/' },
  ])
    assert.throws(() => backup(values), {
      code: 'FC_SETTINGS_INVALID',
      message: /BACKUP_SCRATCH is not set, and \/.* lies in BACKUP_DIRECTORY/,
    });
  assert.equal(backup({ BACKUP_DIRECTORY: '/srv', BACKUP_KEY_FILE: '/k', BACKUP_SCRATCH: '/tmp' }).scratch, '/tmp');
  for (const wrong of [
    { BACKUP_SCHEDULE: '25:00' },
    { BACKUP_SCHEDULE: 'daily' },
    { BACKUP_RETENTION: '14' },
    { BACKUP_RETENTION: '0d 0w 0m' },
  ])
    assert.throws(() => backup(wrong), { code: 'FC_SETTINGS_INVALID' }, JSON.stringify(wrong));
});
