// slow
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { PhysicalSettings } from '../../src/db/settings.ts';
import { openPgbackrest } from '../../src/ops/physical/pgbackrest.ts';
import { configText } from '../../src/ops/physical/pgbackrest-config.ts';
import type { PhysicalSet } from '../../src/ops/physical/physical-backup.ts';
import { fatesOfSets, fullsWithLog, pruneSets } from '../../src/ops/physical/prune-sets.ts';
import { openReader, repositoryOwner, requireCurrent, restoreCluster } from '../../src/ops/physical/restore-cluster.ts';
import { setUpPhysical } from '../../src/ops/physical/setup.ts';
import { kindDue, takeSet } from '../../src/ops/physical/take-set.ts';
import { verifyRepository } from '../../src/ops/physical/verify-repository.ts';
import { type PhysicalWindow, physicalWindows, reaching, runsOf, setFor } from '../../src/ops/physical/windows.ts';
import { Timestamp } from '../../src/schema/index.ts';
import { keyFile } from '../backup/backups.ts';
import { createDatabase } from '../support/database.ts';
import { openFresh, settingsFor } from '../support/fresh.ts';
import { populate } from '../support/load-population.ts';
import { type Archiving, notRun, ownedFolder, startArchiving } from './clusters.ts';

const at = (text: string): Timestamp => Timestamp.parse(text) as Timestamp;

/** A set as the tool would list it. */
const setAt = (day: Timestamp, kind: PhysicalSet['kind'], needs: readonly string[] = []): PhysicalSet => ({
  label: `${day.text.slice(0, 10)} ${kind}`,
  kind,
  startedAt: day,
  stoppedAt: day,
  needs,
  firstLog: '000000010000000000000001',
  lastLog: '000000010000000000000001',
  clusterBytes: 1,
  storedBytes: 1,
  isDamaged: false,
});

/** Two years of nights: a full set a week, and what changed since the one before on the other days. */
function nights(until: Timestamp): PhysicalSet[] {
  const sets: PhysicalSet[] = [];
  let chain: string[] = [];
  for (let day = 730; day >= 0; day--) {
    const isFull = day % 7 === 0;
    if (isFull) chain = [];
    const set = setAt(until.plusDays(-day), isFull ? 'full' : 'incr', [...chain]);
    sets.push(set);
    chain.push(set.label);
  }
  return sets;
}

describe('which physical backups stay', () => {
  const now = at('2026-11-27 03:00:00');

  test('of two years of nights the last of 14 days, 8 weeks and 12 months stay, with every set they cannot be restored without', () => {
    const sets = nights(now);
    const fates = fatesOfSets(sets, { days: 14, weeks: 8, months: 12 }, now.plusSeconds(60));
    const kept = new Map(fates.filter(({ isKept }) => isKept).map(({ name, why }) => [name, why]));
    for (const { label, needs } of sets)
      if (kept.has(label)) for (const needed of needs) assert.ok(kept.has(needed), `${label} needs ${needed}`);
    const reasons = [...kept.values()].filter((why) => !why.startsWith('needed by'));
    assert.equal(reasons.filter((why) => why === 'newest' || why === 'day').length, 14);
    // The last of three of the eight weeks is one of the fourteen days.
    assert.equal(reasons.filter((why) => why === 'week').length, 5);
    assert.ok(reasons.filter((why) => why === 'month').length >= 10);
    // What stayed is judged the same the next time.
    const again = fatesOfSets(
      sets.filter(({ label }) => kept.has(label)),
      { days: 14, weeks: 8, months: 12 },
      now.plusSeconds(60),
    );
    assert.deepEqual(new Map(again.map(({ name, why }) => [name, why])), kept);
    assert.equal(fullsWithLog(sets, { days: 14, weeks: 8, months: 12 }, now), 4);
  });

  test('a damaged set counts for nothing, and the newest two are left; a full set is due once a week', () => {
    const broken = { ...setAt(now, 'full'), label: 'broken', isDamaged: true };
    const good = setAt(now.plusDays(-1), 'full');
    const many = [3, 2, 1].map((hours) => ({ ...broken, label: `broken ${hours}`, stoppedAt: now.plusSeconds(-3600 * hours) }));
    assert.deepEqual(
      fatesOfSets([good, ...many], { days: 1, weeks: 0, months: 0 }, now)
        .filter(({ isKept }) => !isKept)
        .map(({ name }) => name),
      ['broken 3'],
    );
    // The tool counts the damaged ones: the log the good one begins with is that of the fourth.
    assert.equal(fullsWithLog([good, ...many], { days: 1, weeks: 0, months: 0 }, now), 4);
    // The clock jumped ahead: no moment of the last days goes with it.
    const weekly = [21, 14, 7, 0].map((days) => setAt(now.plusDays(-days), 'full'));
    assert.equal(fullsWithLog(weekly, { days: 14, weeks: 0, months: 0 }, now.plusDays(400)), 4);
    const fates = fatesOfSets([good, broken], { days: 1, weeks: 0, months: 0 }, now);
    assert.deepEqual(fates, [
      { name: 'broken', isKept: true, why: 'damaged' },
      { name: good.label, isKept: true, why: 'newest' },
    ]);
    assert.equal(kindDue([], now), 'full');
    assert.equal(kindDue([broken], now), 'full');
    assert.equal(kindDue([good, setAt(now, 'incr', [good.label])], now), 'incr');
    assert.equal(kindDue([setAt(now.plusDays(-7), 'full')], now), 'full');
  });

  test('a hole in the log ends a window, and the next 4 GiB do not', () => {
    const names = [
      '0000000100000000000000FE',
      '0000000100000000000000FF',
      '000000010000000100000000',
      '000000010000000100000001',
      '000000010000000100000003',
    ];
    const runs = runsOf(names.map((name) => ({ name, archivedAt: now })));
    assert.deepEqual(
      runs.map((run) => run.length),
      [4, 1],
    );
    const set = (firstLog: string, lastLog: string): PhysicalSet => ({ ...setAt(now.plusDays(-1), 'full'), firstLog, lastLog });
    const inventory = { cluster: undefined, log: names.map((name) => ({ name, archivedAt: now })), histories: [] };
    assert.equal(physicalWindows({ ...inventory, sets: [set(names[0] as string, names[1] as string)] })[0]?.lastLog, names[3]);
    assert.deepEqual(physicalWindows({ ...inventory, sets: [set(names[3] as string, names[4] as string)] }), []);
  });
});

describe('moments of several timelines', () => {
  const [fork, last, begun, now] = ['14', '20', '22', '23'].map((hour) => at(`2026-11-26 ${hour}:00:00`)) as [
    Timestamp,
    Timestamp,
    Timestamp,
    Timestamp,
  ];
  const log = [
    ['000000010000000000000001', at('2026-11-26 03:00:00')],
    ['000000010000000000000002', at('2026-11-26 03:10:00')],
    ['000000010000000000000003', fork],
    ['000000010000000000000004', last],
    ['000000010000000000000005', last],
    ['000000020000000000000003', begun.plusSeconds(60)],
    ['000000020000000000000004', now],
  ].map(([name, archivedAt]) => ({ name, archivedAt }) as { name: string; archivedAt: Timestamp });
  const setOf = (label: string, day: Timestamp, piece: string): PhysicalSet => ({
    ...setAt(day, 'full'),
    label,
    firstLog: piece,
    lastLog: piece,
  });
  const before = setOf('before', at('2026-11-26 03:05:00'), '000000010000000000000002');
  const abandoned = setOf('abandoned', at('2026-11-26 19:00:00'), '000000010000000000000004');
  const inventory = {
    cluster: undefined,
    sets: [before, abandoned],
    log,
    histories: [{ timeline: 2, parents: [{ timeline: 1, leftAt: 0x3000110n }], archivedAt: begun }],
  };

  test('behind a restore to an earlier moment the log that was left behind is a window of its own, and the new timeline begins with the sets of before', () => {
    const windows = physicalWindows(inventory);
    assert.deepEqual(
      windows.map(({ timeline, isCurrent, sets, from, to, lastLog }) => [
        timeline,
        isCurrent,
        sets.map(({ label }) => label).join(),
        from.text,
        to.text,
        lastLog,
      ]),
      [
        [2, true, 'before', begun.plusSeconds(1).text, now.text, '000000020000000000000004'],
        [1, false, 'before,abandoned', before.stoppedAt.plusSeconds(1).text, last.text, '000000010000000000000005'],
      ],
    );
    const given = (moment: Timestamp) => {
      const { set, window } = setFor(moment, windows);
      return [set.label, window.timeline];
    };
    assert.deepEqual(given(now), ['before', 2]);
    assert.deepEqual(given(at('2026-11-26 19:30:00')), ['abandoned', 1]);
    assert.deepEqual(given(fork), ['before', 1]);
    // Between the last of the old and the first of the new nothing was written.
    assert.throws(() => setFor(at('2026-11-26 21:00:00'), windows), { code: 'FC_RESTORE_WINDOW' });
  });

  test('where the new timeline cannot be reached the old one does not pass for it', () => {
    // Nothing of it is archived; the piece it begins with is missing; where it comes from is not there.
    for (const other of [
      { ...inventory, log: log.slice(0, 5) },
      { ...inventory, log: log.toSpliced(5, 1) },
      { ...inventory, histories: [] },
    ]) {
      const [newest, ...more] = reaching(physicalWindows(other), now.plusSeconds(60));
      assert.deepEqual([newest?.timeline, newest?.isCurrent, newest?.to.text, more], [1, false, last.text, []]);
      assert.throws(() => requireCurrent(newest as PhysicalWindow, other), { code: 'FC_RESTORE_WINDOW', why: /timeline 2/ });
    }
  });
});

describe('where physical backups are stored', () => {
  const settingsOf = (repository: string, more: Readonly<Record<string, string>> = {}) =>
    settingsFor(
      { url: 'postgresql://a@localhost/b' },
      { BACKUP_PHYSICAL: '/srv/p', BACKUP_PHYSICAL_REPOSITORY: repository, ...more },
    ).backup.physical as PhysicalSettings;

  test('object storage is handed to the tool as the settings name it, with the key of the file; what cannot be is refused at the start', (t) => {
    const folder = ownedFolder(process.cwd());
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 's3.key');
    writeFileSync(file, 'AKIA\nsecret/of+it\n');
    const url = 's3://my-bucket/flashcase?endpoint=s3.example.org&region=eu-1&style=path';
    const text = configText(settingsOf(url, { BACKUP_S3_KEY_FILE: file }), undefined, '/srv/p');
    for (const line of [
      'repo1-type=s3',
      'repo1-path=/flashcase',
      'repo1-s3-bucket=my-bucket',
      'repo1-s3-endpoint=s3.example.org',
      'repo1-s3-region=eu-1',
      'repo1-s3-uri-style=path',
      'repo1-s3-key=AKIA',
      'repo1-s3-key-secret=secret/of+it',
    ])
      assert.ok(text.split('\n').includes(line), line);
    const refused = (repository: string, why: RegExp) =>
      assert.throws(() => settingsOf(repository), { code: 'FC_SETTINGS_INVALID', message: why });
    refused(url, /BACKUP_S3_KEY_FILE names no file/);
    refused('s3://my-bucket/x?region=eu-1', /not of the form/);
    refused("/srv/it's", /cannot stand in a command/);
    writeFileSync(file, 'only one');
    assert.throws(() => configText(settingsOf(url, { BACKUP_S3_KEY_FILE: file }), undefined, '/srv/p'), {
      code: 'FC_PHYSICAL_SETUP',
    });
  });
});

describe('the repository of physical backups', { concurrency: false, skip: notRun }, () => {
  const ends: (() => Promise<void> | void)[] = [];
  let cluster: Archiving;
  let keys: string;

  before(async () => {
    if (notRun !== false) return;
    keys = ownedFolder(process.cwd());
    ends.push(() => rmSync(keys, { recursive: true, force: true }));
    cluster = await startArchiving(
      { after: (end) => void ends.push(end as () => Promise<void>) },
      { env: { BACKUP_KEY_FILE: keyFile(keys), BACKUP_SCRATCH: keys } },
    );
    const database = await openFresh({ url: cluster.url });
    await populate(database, { students: 2, deckSizes: [40], isStudied: true });
    await database.close();
  });
  after(async () => {
    for (const end of ends.toReversed()) await end();
  });

  /** All files of the repository, by size, the largest last. */
  const stored = (under: string): string[] =>
    readdirSync(join(cluster.folder, 'physical/repository', under), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted((a, b) => statSync(a).size - statSync(b).size);

  test('before it is set up, a backup says what is missing; setting up says what the server must be set to, and shows no secret', async () => {
    await assert.rejects(takeSet(cluster.options), { code: 'FC_PHYSICAL_SETUP', hint: /backup setup/ });
    const elsewhere = cluster.with({ BACKUP_PHYSICAL: join(cluster.folder, 'another') });
    const printed = await setUpPhysical(elsewhere, true);
    assert.deepEqual(
      printed.needed.filter(({ isRight }) => !isRight).map(({ name }) => name),
      ['archive_command'],
    );
    assert.equal(printed.isReady, false);
    assert.ok(!readdirSync(cluster.folder).includes('another'), 'printing writes nothing');
    assert.equal((await setUpPhysical(cluster.options, false)).isReady, true);
    assert.equal(statSync(join(cluster.folder, 'physical/pgbackrest.conf')).mode & 0o777, 0o600);
  });

  test('a version of PostgreSQL the tool does not know is refused by name, with what else there is', async (t) => {
    const { FLASHCASE_TEST_POSTGRES: newest } = process.env;
    const tool = await openPgbackrest({ config: '/dev/null', as: undefined });
    if (newest === undefined || !/pgBackRest 2\.4\d/.test(tool.name)) return t.skip('not run: this pgBackRest knows it');
    const place = await createDatabase(newest);
    t.after(() => place.drop());
    const options = { ...cluster.options, database: { engine: 'postgres' as const, url: place.url } };
    await assert.rejects(setUpPhysical(options, true), {
      code: 'FC_PHYSICAL_UNSERVED',
      message: /pgBackRest 2\.\d+ does not serve PostgreSQL 18/,
      hint: /apt\.postgresql\.org.*flashcase backup now.*pg_basebackup/,
    });
    tool.requireServes(15);
  });

  test('with a key nothing in the repository is plain; it opens with the key file alone, and says so without it', async () => {
    await takeSet(cluster.options, 'full');
    for (const file of stored('.')) {
      const bytes = readFileSync(file);
      assert.ok(!bytes.includes('load_0') && !bytes.includes('[backup'), file);
    }
    const other = cluster.with({ BACKUP_KEY_FILE: keyFile(keys, 'b') });
    await assert.rejects(takeSet(other), { code: 'FC_PHYSICAL_SETUP', message: /not what the settings say/ });
    const reader = await openReader(
      other,
      repositoryOwner(other),
      join(cluster.folder, 'other.conf'),
      join(cluster.folder, 'other'),
    );
    await assert.rejects(reader.inventory(), { code: 'FC_BACKUP_KEY' });
    await assert.rejects(reader.verify(), { code: 'FC_BACKUP_KEY' });
  });

  test('pruning removes what is past its time with what needs it, and what stays is whole and restored', async () => {
    const { options } = cluster;
    const tool = await openReader(options, repositoryOwner(options));
    const [first] = (await tool.inventory()).sets;
    await takeSet(options, 'incr');
    const second = await takeSet(options, 'full');
    const later = { ...options, clock: { now: () => second.stoppedAt.plusDays(3) } };
    const retention = { days: 1, weeks: 0, months: 0 };
    const strict = { ...later, backup: { ...options.backup, retention } };
    assert.equal((await pruneSets(strict, true)).filter(({ isKept }) => !isKept).length, 2);
    assert.equal((await tool.inventory()).sets.length, 3, 'a dry run removes nothing');
    await pruneSets(strict, false);
    const left = await tool.inventory();
    assert.deepEqual(
      left.sets.map(({ label }) => label),
      [second.label],
    );
    assert.ok((left.log[0]?.name ?? '') > (first?.lastLog ?? ''), 'the log of before went with it');
    await verifyRepository(options);
    const restored = await restoreCluster('latest', join(cluster.folder, 'pruned'), options);
    assert.equal(restored.set, second.label);
    assert.ok(restored.rows > 0);
  });

  test('a flipped byte in a set, and a piece of log that is missing, are found and named', async () => {
    await takeSet(cluster.options, 'incr');
    await verifyRepository(cluster.options);
    const largest = stored('backup').at(-1) as string;
    const bytes = readFileSync(largest);
    const flipped = Buffer.from(bytes);
    const middle = Math.floor(bytes.length / 2);
    flipped[middle] = (flipped[middle] as number) ^ 1;
    writeFileSync(largest, flipped);
    await assert.rejects(verifyRepository(cluster.options), {
      code: 'FC_BACKUP_DAMAGED',
      why: /checksum invalid|other: 1|size invalid/,
    });
    writeFileSync(largest, bytes);
    await verifyRepository(cluster.options);
    const reader = await openReader(cluster.options, repositoryOwner(cluster.options));
    const { sets } = await reader.inventory();
    const needed = sets.at(-1)?.lastLog as string;
    const piece = stored('archive').find((file) => file.includes(`${needed}-`)) as string;
    rmSync(piece);
    await assert.rejects(verifyRepository(cluster.options), {
      code: 'FC_BACKUP_DAMAGED',
      why: new RegExp(`${sets.at(-1)?.label}: a piece of the log it needs is missing`),
    });
  });
});
