import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openCollection } from '../../src/formats/open-file.ts';
import { deleteAccount, removeClosedAccounts } from '../../src/services/delete-account.ts';
import { exportDeck } from '../../src/services/export-deck.ts';
import { importFile, userNamed } from '../../src/services/import-file.ts';
import { pruneMedia } from '../../src/services/media-upkeep.ts';
import { type Service, startService } from '../conformance/client.ts';
import { field, META_LATEST, META_LEGACY_2, schema11, schema18, utf8, whole, zstd } from '../formats/make-anki.ts';
import { makeZip, type ZipFile } from '../formats/make-zip.ts';
import { allOf } from '../formats/workplace.ts';
import { everydayEngines, type Place } from '../support/database.ts';

/** Of several pieces (src/db/stores/media.ts), the last one short. */
const PNG = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(300_000, 7)]);
const SOUND = Buffer.concat([Buffer.from('ID3'), Buffer.alloc(1000, 1)]);
const SVG = Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const addressOf = (bytes: Uint8Array): string => `/api/v1/media/${hashOf(bytes)}`;

/** The same notes and media in each form that Anki writes. */
const flds = `<img src="Bild ä.png">\x1fheard: [sound:ton.mp3] and [sound:gone.mp3]`;
const rows = {
  notes: [
    { id: 10, guid: 'media-1', flds },
    { id: 11, guid: 'media-2', flds: 'plain\x1fagain <img src=Bild%20%C3%A4.png><img src="film.mp4">' },
  ],
  cards: [
    { id: 20, nid: 10 },
    { id: 21, nid: 11 },
  ],
};
const film = Buffer.from('\0\0\0\x18ftypmp42', 'latin1');
const json = JSON.stringify({ 0: 'Bild ä.png', 1: 'ton.mp3', 2: 'unused.png', 3: 'film.mp4' });
const plain: readonly ZipFile[] = [PNG, SOUND, PNG, film].map((data, index) => ({ name: String(index), data }));

async function packages(): Promise<Record<string, ZipFile[]>> {
  const listed = ['Bild ä.png', 'ton.mp3', 'unused.png', 'film.mp4'].flatMap((name) =>
    field(1, [...field(1, utf8(name)), ...whole(2, 5)]),
  );
  return {
    'legacy 1': [{ name: 'collection.anki2', data: schema11(rows) }, { name: 'media', data: json }, ...plain],
    'legacy 2': [
      { name: 'meta', data: META_LEGACY_2 },
      { name: 'collection.anki21', data: schema11(rows) },
      { name: 'media', data: json },
      ...plain,
    ],
    latest: [
      { name: 'meta', data: META_LATEST },
      { name: 'collection.anki21b', data: await zstd(schema18(rows)) },
      { name: 'media', data: await zstd(Uint8Array.from(listed)) },
      ...(await Promise.all(plain.map(async ({ name, data }) => ({ name, data: await zstd(data as Uint8Array) })))),
    ],
  };
}

for (const target of everydayEngines()) {
  describe(`pictures and sounds on ${target.name}`, { skip: target.skip }, () => {
    let place: Place;
    let service: Service;
    let folder: string;
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'flashcase-media-'));
      place = await target.withTables();
      service = await startService(place, { MEDIA_QUOTA_MB: '1' });
    });
    after(async () => {
      await service?.close();
      await place?.drop();
      rmSync(folder, { recursive: true, force: true });
    });
    const give = async (token: string, bytes: Uint8Array, name = 'figure.png') => {
      const answer = await service.app.inject({
        method: 'POST',
        url: `/api/v1/media?name=${encodeURIComponent(name)}`,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
        payload: Buffer.from(bytes),
      });
      return { status: answer.statusCode, body: answer.json() };
    };
    const get = (token: string, url: string, headers: Record<string, string> = {}) =>
      service.app.inject({ method: 'GET', url, headers: { authorization: `Bearer ${token}`, ...headers } });
    const note = async (token: string, deck: number, back: string) => {
      const fields = [
        { name: 'Front', value: 'What is this?' },
        { name: 'Back', value: back },
      ];
      const made = await service.call('POST', '/api/v1/notes/', {
        token,
        json: { deck_id: deck, type: 'basic', format: 'html', fields },
      });
      assert.equal(made.status, 201, made.text);
      return made.body;
    };
    const newDeck = async (token: string, isPublic = false): Promise<number> =>
      (await service.call('POST', '/api/v1/decks/', { token, json: { name: 'Figures', is_public: isPublic } })).body.id;

    test('what is given is shown by its hash, once whoever gives it, in parts too, and no drawing can run a script', async () => {
      const anna = await service.signUp('anna');
      const given = await give(anna, PNG, '../Bild<>.jpeg');
      assert.deepEqual(given, {
        status: 201,
        body: { sha256: hashOf(PNG), address: addressOf(PNG), media_type: 'image/png', byte_count: PNG.length, name: 'Bild.png' },
      });
      assert.deepEqual((await give(anna, PNG, 'other.png')).body.name, 'Bild.png');
      const bertha = await service.signUp('bertha');
      assert.equal((await give(bertha, PNG)).status, 201);
      await service.database.read(async ({ kysely }) => {
        const count = async (table: 'media' | 'media_part' | 'media_owner') =>
          (await kysely.selectFrom(table).selectAll().execute()).length;
        assert.deepEqual([await count('media'), await count('media_part'), await count('media_owner')], [1, 3, 2]);
      });
      const whole = await get(anna, addressOf(PNG));
      assert.ok(whole.rawPayload.equals(PNG));
      assert.equal(whole.headers['content-type'], 'image/png');
      assert.equal(whole.headers['x-content-type-options'], 'nosniff');
      assert.match(String(whole.headers['cache-control']), /^private/);
      assert.equal((await get(anna, addressOf(PNG), { 'if-none-match': `"${hashOf(PNG)}"` })).statusCode, 304);
      const part = await get(anna, addressOf(PNG), { range: 'bytes=131070-131075' });
      assert.deepEqual([part.statusCode, part.headers['content-range']], [206, `bytes 131070-131075/${PNG.length}`]);
      assert.ok(part.rawPayload.equals(PNG.subarray(131_070, 131_076)));
      const end = await get(anna, addressOf(PNG), { range: 'bytes=-4' });
      assert.ok(end.rawPayload.equals(PNG.subarray(-4)));
      await give(anna, SVG, 'drawing.svg');
      const drawing = await get(anna, addressOf(SVG));
      assert.equal(drawing.headers['content-type'], 'image/svg+xml');
      assert.match(String(drawing.headers['content-security-policy']), /default-src 'none'.*sandbox$/);
      for (const wrong of [Buffer.from('<html><script>1</script>'), Buffer.from('MZ'), Buffer.alloc(0)]) {
        const refused = await give(anna, wrong, 'picture.png');
        assert.deepEqual([refused.status, refused.body.code], [415, 'FC_MEDIA_TYPE']);
      }
      const beyond = await give(anna, Buffer.concat([PNG, Buffer.alloc(800_000)]));
      assert.deepEqual([beyond.status, beyond.body.code], [413, 'FC_MEDIA_QUOTA']);
      assert.equal((await get(anna, '/api/v1/media/..%2F..%2Fetc')).statusCode, 404);
    });

    test('it is seen by who may read a card that shows it, through a clone too, and is not there for anybody else', async () => {
      const carl = await service.signUp('carl');
      await give(carl, SOUND, 'ton.mp3');
      const deck = await newDeck(carl);
      const made = await note(
        carl,
        deck,
        `<audio controls autoplay src="${addressOf(SOUND)}"></audio><audio controls src="https://elsewhere.example/a.mp3"></audio>`,
      );
      const [card] = made.cards;
      assert.equal(card.back_html, `<audio controls src="${addressOf(SOUND)}"></audio>`);
      assert.equal(card.back, '[sound]');
      const dora = await service.signUp('dora');
      const shown = `${addressOf(SOUND)}?card_id=${card.id}`;
      for (const url of [addressOf(SOUND), shown, `${addressOf(SOUND)}?card_id=999999`])
        assert.equal((await get(dora, url)).statusCode, 404);
      await service.call('PUT', `/api/v1/decks/${deck}`, { token: carl, json: { is_public: true } });
      assert.ok((await get(dora, shown)).rawPayload.equals(SOUND));
      assert.equal((await get(dora, addressOf(SOUND))).statusCode, 404);
      const other = await note(carl, deck, 'nothing to hear');
      assert.equal((await get(dora, `${addressOf(SOUND)}?card_id=${other.cards[0].id}`)).statusCode, 404);
      const clone = await service.call('POST', `/api/v1/decks/${deck}/clone`, { token: dora });
      assert.equal(clone.status, 201, clone.text);
      await service.call('PUT', `/api/v1/decks/${deck}`, { token: carl, json: { is_public: false } });
      assert.equal((await get(dora, shown)).statusCode, 404);
      const [own] = (await service.call('GET', `/api/v1/cards/?deck_id=${clone.body.id}`, { token: dora })).body;
      assert.ok((await get(dora, `${addressOf(SOUND)}?card_id=${own.id}`)).rawPayload.equals(SOUND));
      assert.equal((await service.app.inject({ method: 'GET', url: shown })).statusCode, 401);
    });

    test('they come with packages of every generation, are there once, and what is left out is counted', async () => {
      for (const [generation, files] of Object.entries(await packages())) {
        const name = `emil${generation.replace(' ', '')}`;
        const token = await service.signUp(name);
        const file = join(folder, `${generation}.apkg`);
        writeFileSync(file, makeZip(files));
        const input = { file, deck: undefined, duplicates: 'skip' as const, hasSchedule: true };
        const looked = await importFile(service.database, name, { ...input, isDryRun: true });
        assert.deepEqual([looked.added, looked.media], [2, 2], generation);
        assert.equal((await get(token, addressOf(SOUND))).statusCode, 404);
        const report = await importFile(service.database, name, { ...input, isDryRun: false });
        assert.deepEqual([report.added, report.media], [2, 2]);
        const said = report.problems.flatMap((problem) =>
          'code' in problem && problem.code.startsWith('media') ? [[problem.code, problem.count]] : [],
        );
        assert.deepEqual(Object.fromEntries(said), { media_type: 1, media_unused: 1, media_missing: 1 }, generation);
        assert.ok((await get(token, addressOf(PNG))).rawPayload.equals(PNG));
        assert.ok((await get(token, addressOf(SOUND))).rawPayload.equals(SOUND));
        const [deck] = (await service.call('GET', '/api/v1/decks/?scope=own', { token })).body;
        const cards = (await service.call('GET', `/api/v1/cards/?deck_id=${deck.id}`, { token })).body;
        const shown = cards.map(({ front_html, back_html }: Record<string, string>) => [front_html, back_html]);
        assert.deepEqual(shown.sort(), [
          [
            `<img src="${addressOf(PNG)}" alt="Bild ä.png" />`,
            `heard: <audio controls src="${addressOf(SOUND)}" title="ton.mp3"></audio> and [sound:gone.mp3]`,
          ],
          ['plain', `again <img src="${addressOf(PNG)}" alt="Bild%20%C3%A4.png" /><img src="film.mp4" alt="film.mp4" />`],
        ]);
      }
    });

    for (const format of ['apkg', 'archive'] as const)
      test(`what is exported as ${format} and imported elsewhere has the same pictures and sounds, by the same names`, async () => {
        const from = `frida${format}`;
        const token = await service.signUp(from);
        await give(token, PNG, 'Bild ä.png');
        await give(token, SOUND, 'Bild ä.mp3');
        const twice = Buffer.concat([PNG, Buffer.from('other')]);
        await give(token, twice, 'Bild ä.png');
        const deck = await newDeck(token);
        const back = `<img src="${addressOf(PNG)}"><img src="${addressOf(twice)}"><audio controls src="${addressOf(SOUND)}"></audio>`;
        const made = await note(token, deck, back);
        const file = join(folder, `out.${format}`);
        await service.database.read(async (session) =>
          exportDeck(session, await userNamed(session, from), BigInt(deck), format, file),
        );
        const found = await allOf(await openCollection(file));
        const second = `Bild ä-${hashOf(twice).slice(0, 12)}.png`;
        assert.deepEqual([...found.media.keys()].sort(), ['Bild ä.mp3', 'Bild ä.png', second].sort());
        assert.ok(found.media.get(second)?.equals(twice));
        if (format === 'apkg')
          assert.equal(found.notes[0]?.fields[1], `<img src="Bild ä.png" /><img src="${second}" />[sound:Bild ä.mp3]`);
        const to = `gustav${format}`;
        const other = await service.signUp(to);
        const report = await importFile(service.database, to, {
          ...{ file, deck: undefined, duplicates: 'skip', isDryRun: false, hasSchedule: true },
        });
        assert.deepEqual([report.added, report.media], [1, 3]);
        assert.ok(report.problems.every((problem) => 'code' in problem && problem.code === 'options_left_out'));
        const [own] = (await service.call('GET', '/api/v1/decks/?scope=own', { token: other })).body;
        const [card] = (await service.call('GET', `/api/v1/cards/?deck_id=${own.id}`, { token: other })).body;
        const withoutAlt = (html: string): string => html.replaceAll(/ (?:alt|title)="[^"]*"/g, '');
        assert.equal(withoutAlt(card.back_html), made.cards[0].back_html);
        for (const bytes of [PNG, SOUND, twice]) assert.ok((await get(other, addressOf(bytes))).rawPayload.equals(bytes));
      });

    test('an import of more than is allowed changes nothing, and one that means harm is refused', async () => {
      const token = await service.signUp('hanna');
      const post = async (files: readonly ZipFile[]) => {
        const begun = await service.call('POST', '/api/v1/import/files', { token });
        const path = `/api/v1/import/files/${begun.body.id}`;
        const bytes = makeZip(files);
        await service.app.inject({
          ...{ method: 'PUT', url: `${path}?at=0`, payload: bytes },
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
        });
        return service.call('POST', `${path}/import`, { token, json: {} });
      };
      const collection = { name: 'collection.anki2', data: schema11(rows) };
      const large = Buffer.concat([PNG, Buffer.alloc(900_000, 3)]);
      const refused = await post([collection, { name: 'media', data: json }, { name: '0', data: large }, ...plain.slice(1)]);
      assert.deepEqual([refused.status, refused.body.code], [413, 'FC_MEDIA_QUOTA']);
      const traversal = await post([collection, { name: 'media', data: '{"0":"../../a.png"}' }, { name: '0', data: PNG }]);
      assert.deepEqual([traversal.status, traversal.body.code], [400, 'FC_IMPORT_UNSAFE']);
      const bomb = [collection, { name: 'media', data: json }, { name: '0', data: Buffer.alloc(40_000_000), isDeflated: true }];
      const burst = await post(bomb);
      assert.deepEqual([burst.status, burst.body.code], [413, 'FC_IMPORT_TOO_LARGE']);
      const decks = await service.call('GET', '/api/v1/decks/?scope=own', { token });
      assert.deepEqual(decks.body, []);
    });

    test('what no text shows and nobody gave for 31 days is removed when asked for, and nothing else', async () => {
      const token = await service.signUp('ida');
      const [shown, undone, lost] = ['shown', 'undone', 'lost'].map((text) => Buffer.concat([SOUND, Buffer.from(text)])) as [
        Buffer,
        Buffer,
        Buffer,
      ];
      for (const bytes of [shown, undone, lost]) await give(token, bytes, 'ton.mp3');
      const deck = await newDeck(token);
      await note(token, deck, `<audio controls src="${addressOf(shown)}"></audio>`);
      const old = await note(token, deck, `<audio controls src="${addressOf(undone)}"></audio>`);
      assert.equal((await pruneMedia(service.database, false)).files, 0);
      service.clock.advance(32 * 86_400);
      const fields = [
        { name: 'Front', value: 'What is this?' },
        { name: 'Back', value: 'no sound any more' },
      ];
      const changed = await service.call('PUT', `/api/v1/notes/${old.id}`, { token, json: { fields } });
      assert.equal(changed.status, 200, changed.text);
      const fresh = Buffer.concat([SOUND, Buffer.from('fresh')]);
      await give(token, fresh, 'ton.mp3');
      const looked = await pruneMedia(service.database, true);
      assert.ok(looked.files > 0);
      assert.ok((await get(token, addressOf(lost))).rawPayload.equals(lost));
      assert.deepEqual(await pruneMedia(service.database, false), looked);
      assert.equal((await get(token, addressOf(lost))).statusCode, 404);
      for (const bytes of [shown, undone, fresh]) assert.ok((await get(token, addressOf(bytes))).rawPayload.equals(bytes));
    });

    test('with an account go its pictures and sounds that nobody else gave and nothing shows, and decks made after it was closed', async () => {
      const token = await service.signUp('nora');
      const friend = await service.signUp('olga');
      const [alone, both, shown] = ['alone', 'both', 'shown by another'].map((text) =>
        Buffer.concat([SOUND, Buffer.from(text)]),
      ) as [Buffer, Buffer, Buffer];
      for (const bytes of [alone, both, shown]) await give(token, bytes, 'ton.mp3');
      await give(friend, both, 'ton.mp3');
      const deck = await newDeck(token);
      await note(token, deck, `<audio controls src="${addressOf(alone)}"></audio>`);
      await note(friend, await newDeck(friend), `<audio controls src="${addressOf(shown)}"></audio>`);
      const { database } = service;
      const { id } = await database.read((session) => userNamed(session, 'nora'));
      await deleteAccount(database, id);
      // As an import leaves it that was under way.
      await database.write(({ kysely }) =>
        kysely.updateTable('deck').set({ deleted_at: null }).where('id', '=', BigInt(deck)).execute(),
      );
      await removeClosedAccounts(database);
      const left = await database.read(async ({ kysely }) => ({
        decks: await kysely.selectFrom('deck').select('id').where('id', '=', BigInt(deck)).execute(),
        users: await kysely.selectFrom('user').select('id').where('id', '=', id).execute(),
        owned: await kysely.selectFrom('media_owner').select('sha256').where('user_id', '=', id).execute(),
        media: await kysely
          .selectFrom('media')
          .select('sha256')
          .where('sha256', 'in', [alone, both, shown].map(hashOf))
          .execute(),
        parts: await kysely.selectFrom('media_part').select('part').where('sha256', '=', hashOf(alone)).execute(),
      }));
      assert.deepEqual(
        { ...left, media: left.media.map(({ sha256 }) => sha256).sort() },
        {
          ...{ decks: [], users: [], owned: [], parts: [] },
          media: [both, shown].map(hashOf).sort(),
        },
      );
    });
  });
}
