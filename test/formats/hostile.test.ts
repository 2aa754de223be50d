import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, test } from 'node:test';
import { openAnkiPackage } from '../../src/formats/anki/read-package.ts';
import { openCollection } from '../../src/formats/open-file.ts';
import { LIMITS, type ZipLimits } from '../../src/formats/zip/limits.ts';
import { field, META_LATEST, schema11, utf8, zstd } from './make-anki.ts';
import { makeZip, type ZipFile } from './make-zip.ts';
import { allOf, inWorkplace, refusalOf, type Workplace } from './workplace.ts';

const good = schema11({ notes: [{ id: 10, flds: 'q\x1fa' }], cards: [{ id: 20, nid: 10 }] });
const MIB = 1024 * 1024;

/** Opens and reads everything, as an import does. */
function refusal(
  { write, temporary }: Workplace,
  data: Uint8Array | readonly ZipFile[],
  limits: Partial<ZipLimits> = {},
): Promise<string> {
  const bytes = data instanceof Uint8Array ? data : makeZip(data);
  return refusalOf(async () =>
    allOf(await openCollection(write('hostile.apkg', bytes), { temporaryFolder: temporary, limits: { ...LIMITS, ...limits } })),
  );
}

describe('an archive that means harm is refused, and nothing of it stays on the disk', () => {
  test('names that lead out of it, and one name twice', () =>
    inWorkplace(async (place) => {
      const collection = { name: 'collection.anki2', data: good };
      for (const name of ['../evil', '/etc/passwd', 'a/../../b', 'C:\\evil', '..\\evil']) {
        assert.equal(await refusal(place, [collection, { name, data: 'x' }]), 'FC_IMPORT_UNSAFE', name);
      }
      assert.equal(await refusal(place, [collection, collection]), 'FC_IMPORT_UNSAFE');
      for (const name of ['../evil', 'a/b', 'a\\b', '..', '', 'a\u0000b', 'x'.repeat(256)]) {
        const list = { name: 'media', data: JSON.stringify({ 0: name }) };
        assert.equal(await refusal(place, [collection, list, { name: '0', data: 'x' }]), 'FC_IMPORT_UNSAFE', name);
      }
    }));

  test('more files, more bytes or more growth than an archive may have', () =>
    inWorkplace(async (place) => {
      const collection = { name: 'collection.anki2', data: good };
      const many = Array.from({ length: 30 }, (_, index) => ({ name: String(index), data: 'x' }));
      assert.equal(await refusal(place, [collection, ...many], { entries: 30 }), 'FC_IMPORT_TOO_LARGE');
      assert.equal(await refusal(place, [collection, ...many], { entries: 31 }), 'not refused');
      assert.equal(
        await refusal(place, [collection, { name: '0', data: Buffer.alloc(MIB) }], { totalBytes: MIB }),
        'FC_IMPORT_TOO_LARGE',
      );
      assert.equal(
        await refusal(place, [collection, { name: '0', data: Buffer.alloc(MIB) }], { entryBytes: MIB - 1 }),
        'FC_IMPORT_TOO_LARGE',
      );
      // Zeros pack a thousand times.
      const zeros = { name: '0', data: Buffer.alloc(17 * MIB), isDeflated: true };
      assert.equal(await refusal(place, [collection, zeros]), 'FC_IMPORT_TOO_LARGE');
    }));

  test('an entry that unpacks to more than its header says', () =>
    inWorkplace(async (place) => {
      const data = Buffer.concat([good, Buffer.alloc(MIB)]);
      assert.equal(
        await refusal(place, [{ name: 'collection.anki2', data, isDeflated: true, saysBytes: 100 }]),
        'FC_IMPORT_UNREADABLE',
      );
    }));

  test('a zstd stream inside an ordinary entry that grows without end', () =>
    inWorkplace(async (place) => {
      const bomb = await zstd(Buffer.alloc(64 * MIB));
      assert.ok(bomb.length < 100_000);
      const files = [
        { name: 'meta', data: META_LATEST },
        { name: 'collection.anki21b', data: bomb },
      ];
      assert.equal(await refusal(place, files), 'FC_IMPORT_TOO_LARGE');
      assert.equal(await refusal(place, files, { ratio: 1_000_000, entryBytes: 32 * MIB }), 'FC_IMPORT_TOO_LARGE');
      const list = await zstd(Buffer.alloc(40 * MIB));
      const withList = [
        { name: 'meta', data: META_LATEST },
        { name: 'collection.anki21b', data: await zstd(good) },
        { name: 'media', data: list },
      ];
      assert.equal(await refusal(place, withList, { ratio: 1_000_000 }), 'FC_IMPORT_TOO_LARGE');
    }));
});

describe('a file that is broken or not a package is refused in clear words', () => {
  test('no zip, a cut one, an encrypted one, an empty one, one with something else', () =>
    inWorkplace(async (place) => {
      const whole = makeZip([{ name: 'collection.anki2', data: good, isDeflated: true }]);
      for (const data of [
        Buffer.from('front,back\n'),
        Buffer.alloc(0),
        whole.subarray(0, whole.length - 10),
        whole.subarray(0, 500),
      ]) {
        assert.equal(await refusal(place, data), 'FC_IMPORT_UNREADABLE');
      }
      const damaged = Buffer.from(whole);
      damaged.fill(0xff, 100, 300);
      assert.equal(await refusal(place, damaged), 'FC_IMPORT_UNREADABLE');
      assert.equal(await refusal(place, [{ name: 'collection.anki2', data: good, isEncrypted: true }]), 'FC_IMPORT_UNREADABLE');
      assert.equal(await refusal(place, []), 'FC_IMPORT_UNREADABLE');
      assert.equal(await refusal(place, [{ name: 'word/document.xml', data: '<x/>' }]), 'FC_IMPORT_UNREADABLE');
    }));

  test('a newer package, a newer schema, a damaged meta, a version whose collection is missing', () =>
    inWorkplace(async (place) => {
      const collection = { name: 'collection.anki2', data: good };
      for (const meta of [[0x08, 0x04], [0x08, 0x00], []]) {
        assert.equal(await refusal(place, [{ name: 'meta', data: Uint8Array.from(meta) }, collection]), 'FC_IMPORT_TOO_NEW');
      }
      assert.equal(await refusal(place, [{ name: 'collection.anki2', data: schema11({}, { ver: 19 }) }]), 'FC_IMPORT_TOO_NEW');
      assert.equal(await refusal(place, [{ name: 'collection.anki2', data: schema11({}, { ver: 9 }) }]), 'FC_IMPORT_UNREADABLE');
      assert.equal(await refusal(place, [{ name: 'meta', data: Uint8Array.from([0x08]) }, collection]), 'FC_IMPORT_UNREADABLE');
      assert.equal(await refusal(place, [{ name: 'meta', data: META_LATEST }, collection]), 'FC_IMPORT_UNREADABLE');
    }));

  test('a collection that is no SQLite, another program’s, cut, or with views in place of tables', () =>
    inWorkplace(async (place) => {
      const file = join(place.folder, 'other.db');
      const other = new DatabaseSync(file);
      other.exec('CREATE TABLE music (id)');
      other.close();
      const views = new DatabaseSync(join(place.folder, 'views.db'));
      views.exec(
        `CREATE TABLE col (ver); INSERT INTO col VALUES (11); CREATE TABLE cards (id); CREATE TABLE revlog (id);
         CREATE VIEW notes AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS id FROM n`,
      );
      views.close();
      const pages = Buffer.from(good);
      pages.fill(0xa5, 4096);
      for (const data of [
        'text',
        readFileSync(file),
        readFileSync(join(place.folder, 'views.db')),
        good.subarray(0, 6000),
        pages,
      ]) {
        assert.equal(await refusal(place, [{ name: 'collection.anki2', data }]), 'FC_IMPORT_UNREADABLE');
      }
    }));

  test('a media list that is damaged, and media that are', () =>
    inWorkplace(async (place) => {
      const collection = { name: 'collection.anki2', data: good };
      assert.equal(await refusal(place, [collection, { name: 'media', data: '{"0":' }]), 'FC_IMPORT_UNREADABLE');
      const latest = [
        { name: 'meta', data: META_LATEST },
        { name: 'collection.anki21b', data: await zstd(good) },
      ];
      assert.equal(await refusal(place, [...latest, { name: 'media', data: 'not zstd' }]), 'FC_IMPORT_UNREADABLE');
      const list = await zstd(Uint8Array.from(field(1, field(1, utf8('a.png')))));
      const broken = [...latest, { name: 'media', data: list }, { name: '0', data: 'not zstd' }];
      await assert.rejects(async () =>
        allOf(await openAnkiPackage(place.write('m.apkg', makeZip(broken)), { temporaryFolder: place.temporary })),
      );
    }));
});

test('a file that is not there is said as such', () =>
  inWorkplace(async ({ folder }) => {
    await assert.rejects(openCollection(join(folder, 'gone.apkg')), { code: 'ENOENT' });
  }));
