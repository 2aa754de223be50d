import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { openAnkiDatabase } from '../../src/formats/anki/database.ts';
import { openCollection } from '../../src/formats/open-file.ts';
import { LIMITS } from '../../src/formats/zip/limits.ts';
import { ZipArchive } from '../../src/formats/zip/read-zip.ts';
import { exportDeck } from '../../src/services/export-deck.ts';
import { importFile, userNamed } from '../../src/services/import-file.ts';
import { field, META_LATEST, schema11, schema18, utf8, whole, zstd } from '../formats/make-anki.ts';
import { makeZip } from '../formats/make-zip.ts';
import { allOf } from '../formats/workplace.ts';
import { everydayEngines, type Place, withCitus } from '../support/database.ts';
import { type Service, startService } from './client.ts';

const PNG = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(300, 7)]);
const ADDRESS = `/api/v1/media/${createHash('sha256').update(PNG).digest('hex')}`;
const fields = (values: Record<string, string>) => Object.entries(values).map(([name, value]) => ({ name, value }));

/** As Anki writes it: two cards, the second one of two areas, all hidden; words on the picture; a colour and a turn. */
const AREAS =
  '{{c1::image-occlusion:rect:left=.2325:top=.3261:width=.202:height=.0975:fill=#ffeba2:oi=1}}<br>' +
  '{{c2::image-occlusion:ellipse:left=.5:top=.5:width=.2:height=.1:rx=.1:ry=.05:angle=250:oi=1}}<br>' +
  '{{c2::image-occlusion:polygon:left=.7:top=.7:points=.7,.7 .9,.7 .8,.9:oi=1}}<br>' +
  '{{c0::image-occlusion:text:left=.1:top=.1:text=Left\\: right:scale=1:fs=.05}}<br>';
const IMAGE = '<img src="heart.png">';
const flds = [AREAS, IMAGE, 'The heart', 'See <b>Gray</b>', 'from the atlas'].join('\x1f');
const rows = (mid: number) => ({
  notes: [{ id: 10, guid: 'areas-1', mid, flds, tags: ' anatomy ' }],
  cards: [
    { id: 20, nid: 10, ord: 0, type: 2, queue: 2, due: 700, ivl: 12, factor: 2500, reps: 2 },
    { id: 21, nid: 10, ord: 1 },
  ],
  revlog: [
    { id: 1_750_000_000_000, cid: 20, ease: 3, ivl: 1, lastIvl: -600, type: 0 },
    { id: 1_750_100_000_000, cid: 20, ease: 3, ivl: 12, lastIvl: 1, type: 1 },
  ],
});
/** Anki's type as its first versions had it: nothing but the template tells. */
const OLD = {
  ...{ id: 1002, name: 'IO', type: 1, sortf: 0, css: '' },
  flds: ['Occlusions', 'Picture', 'Head', 'Extra', 'Comments'].map((name, ord) => ({ name, ord })),
  tmpls: [
    {
      ...{ name: 'IO', ord: 0, afmt: '{{Head}}{{cloze:Occlusions}}{{Picture}}' },
      qfmt: '{{cloze:Occlusions}}<div>{{Picture}}<canvas id="canvas"></canvas></div><script>anki.setupImageCloze();</script>',
    },
  ],
};

async function packages(): Promise<Record<string, Buffer>> {
  const listed = Uint8Array.from(field(1, [...field(1, utf8('heart.png')), ...whole(2, PNG.length)]));
  return {
    latest: makeZip([
      { name: 'meta', data: META_LATEST },
      { name: 'collection.anki21b', data: await zstd(schema18(rows(1002), true)) },
      { name: 'media', data: await zstd(listed) },
      { name: '0', data: await zstd(PNG) },
    ]),
    old: makeZip([
      { name: 'collection.anki2', data: schema11(rows(1002), { models: { 1002: OLD } }) },
      { name: 'media', data: '{"0":"heart.png"}' },
      { name: '0', data: PNG },
    ]),
  };
}

/** Answers of the same story on each engine that ran: they must be equal to the byte. */
const stories = new Map<string, string[]>();

for (const target of withCitus(everydayEngines())) {
  describe(`areas of pictures on ${target.name}`, { skip: target.skip }, () => {
    let place: Place;
    let service: Service;
    let folder: string;
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'flashcase-areas-'));
      place = await target.withTables();
      service = await startService(place);
    });
    after(async () => {
      await service?.close();
      await place?.drop();
      rmSync(folder, { recursive: true, force: true });
    });
    const say = async (token: string, method: string, url: string, json?: unknown) => {
      const answer = await service.call(method, `/api/v1/${url}`, { token, ...(json === undefined ? {} : { json }) });
      return { status: answer.status, text: answer.text, body: answer.body };
    };
    const give = (token: string) =>
      service.app.inject({
        ...{ method: 'POST', url: '/api/v1/media?name=heart.png', payload: PNG },
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
      });
    const see = (token: string, card: number) =>
      service.app.inject({ url: `${ADDRESS}?card_id=${card}`, headers: { authorization: `Bearer ${token}` } });
    const bring = (user: string, file: string) =>
      importFile(service.database, user, {
        ...{ file, deck: undefined, duplicates: 'skip', isDryRun: false, hasSchedule: true },
      });
    const exported = async (user: string, deck: number, format: 'apkg' | 'archive'): Promise<string> => {
      const file = join(folder, `${user}-${deck}-${Math.random()}.${format}`);
      await service.database.read(async (session) =>
        exportDeck(session, await userNamed(session, user), BigInt(deck), format, file),
      );
      return file;
    };

    test('a note of them makes a card a number, which keeps its place while areas change; the same answers on every engine', async () => {
      const anna = await service.signUp('anna');
      await give(anna);
      const answers: string[] = [];
      const told = async (...parts: [method: string, url: string, json?: unknown]) => {
        const answer = await say(anna, ...parts);
        answers.push(`${parts[0]} ${parts[1]} ${answer.status} ${answer.text}`);
        return answer;
      };
      const deck = (await told('POST', 'decks/', { name: 'Anatomy', is_public: false })).body.id;
      const values = (areas: string, picture = `![heart](${ADDRESS})`) => ({
        ...{ type: 'image_occlusion', format: 'markdown', guid: 'areas' },
        fields: fields({ Occlusion: areas, Image: picture, Header: '**The heart**' }),
      });
      const first = '{{c1::image-occlusion:rect:left=.1:top=.1:width=.2:height=.1:label=Aorta}}';
      const second = '{{c2::image-occlusion:ellipse:left=.5:top=.5:width=.2:height=.1}}';
      const preview = await told('POST', 'notes/preview', { deck_id: deck, ...values(`${first}\n${second}`), guid: undefined });
      assert.equal(preview.body.cards.length, 2);
      const made = await told('POST', 'notes/', { deck_id: deck, ...values(`${first}\n${second}`) });
      assert.equal(made.status, 201, made.text);
      const [one, two] = made.body.cards;
      assert.deepEqual(
        [one.front, two.front],
        ['The heart\n\n[image: heart] — area 1 of 2', 'The heart\n\n[image: heart] — area 2 of 2'],
      );
      assert.match(one.front_html, /data-occlusion="1\/2 qr:\.1,\.1,\.2,\.1"/);
      assert.match(one.back_html, /data-occlusion="1\/2 ar:\.1,\.1,\.2,\.1"/);
      assert.match(one.back, /Aorta/);
      await told('POST', `study/review/${two.id}`, { grade: 3 });
      const { fields: changed } = values(`${second}`);
      const after = await told('PUT', `notes/${made.body.id}`, { fields: changed });
      assert.deepEqual(
        after.body.cards.map(({ id, ordinal, front }: typeof one) => [id, ordinal, front]),
        [[two.id, 1, 'The heart\n\n[image: heart] — area 1 of 1']],
      );
      for (const [areas, picture, what] of [
        ['', undefined, /No area yet/],
        [first, '', /No picture yet/],
        [first.replace('.2', '1e309'), undefined, /could not be read/],
        [first.repeat(300), undefined, /at most 20000 characters/],
      ] as const) {
        const refused = await told('POST', 'notes/', { deck_id: deck, ...values(areas, picture), guid: 'b' });
        assert.equal(refused.status, 422);
        assert.match(refused.text, what);
      }
      // A client that knows no notes reads it, and is told where it is changed.
      const old = await told('PUT', `cards/${two.id}`, { front: 'other' });
      assert.deepEqual([old.status, old.body.code], [409, 'FC_CARD_OF_NOTE']);
      await told('GET', 'notes/types');
      const same = (list: readonly string[]) => list.map((text) => text.replaceAll(/"(?:stability|difficulty)":[\d.]+/g, ''));
      stories.set(target.name, same(answers));
      assert.deepEqual(same(answers), stories.values().next().value);
    });

    test('who may read the card sees its picture, and nobody else', async () => {
      const bert = await service.signUp('bert');
      const carla = await service.signUp('carla');
      await give(bert);
      const deck = (await say(bert, 'POST', 'decks/', { name: 'Shared' })).body.id;
      const note = await say(bert, 'POST', 'notes/', {
        ...{ deck_id: deck, type: 'image_occlusion', format: 'html' },
        fields: fields({ Occlusion: AREAS, Image: `<img src="${ADDRESS}" alt="heart">` }),
      });
      const [card] = note.body.cards;
      assert.equal((await see(carla, card.id)).statusCode, 404);
      await say(bert, 'PUT', `decks/${deck}`, { is_public: true });
      assert.equal((await see(carla, card.id)).statusCode, 200);
    });

    test('Anki’s own notes of them become this type, with their reviews, dates and picture, and go back as they came', async () => {
      for (const [generation, bytes] of Object.entries(await packages())) {
        const user = `dora-${generation}`;
        const token = await service.signUp(user);
        const file = join(folder, `${generation}.apkg`);
        writeFileSync(file, bytes);
        const report = await bring(user, file);
        assert.deepEqual([report.added, report.cards, report.media], [1, 2, 1], generation);
        const [deck] = (await say(token, 'GET', 'decks/?scope=own')).body;
        const [note] = (await say(token, 'GET', `notes/?deck_id=${deck.id}`)).body;
        assert.deepEqual([note.type, note.format, note.tags], ['image_occlusion', 'html', ['anatomy']]);
        assert.deepEqual(
          note.cards.map(({ ordinal, front }: Record<string, unknown>) => [ordinal, front]),
          [0, 1].map((at) => [at, `The heart\n\n[image: heart.png] — area ${at + 1} of 2`]),
        );
        assert.match(note.cards[1].front_html, /2\/2 mr:\S+ qe@9:\.5,\.5,\.2,\.1 qp:\S+ tt:\.1,\.1,\.05,Left%3A%20right/);
        assert.equal((await see(token, note.cards[0].id)).statusCode, 200);
        const history = (await say(token, 'GET', `cards/${note.cards[0].id}/history`)).body;
        assert.equal(JSON.stringify(history).match(/"button":"good"/g)?.length, 2, JSON.stringify(history));

        for (const format of ['apkg', 'archive'] as const) {
          const out = await exported(user, deck.id, format);
          const one = await allOf(await openCollection(out));
          const type = one.noteTypes.find(({ key }) => key === one.notes[0]?.noteType);
          assert.deepEqual([type?.hidesAreas, type?.form], [true, 'cloze']);
          assert.deepEqual(type?.fields, ['Occlusion', 'Image', 'Header', 'Back Extra', 'Comments']);
          if (format === 'apkg')
            assert.deepEqual(
              one.notes[0]?.fields.map((text) => text.replaceAll(' />', '>')),
              [AREAS, '<img src="heart.png" alt="heart.png">', 'The heart', 'See <b>Gray</b>', 'from the atlas'],
            );
          const other = `emil-${generation}-${format}`;
          const otherToken = await service.signUp(other);
          assert.equal((await bring(other, out)).added, 1);
          const [copy] = (await say(otherToken, 'GET', 'decks/?scope=own')).body;
          const [again] = (await say(otherToken, 'GET', `notes/?deck_id=${copy.id}`)).body;
          assert.deepEqual([again.type, again.fields], [note.type, note.fields]);
          const two = await allOf(await openCollection(await exported(other, copy.id, format)));
          assert.deepEqual(two.notes, one.notes);
          assert.deepEqual(two.noteTypes, one.noteTypes);
          assert.equal(two.reviews.length, one.reviews.length);
          assert.equal(two.reviews.length, 2);
        }
      }
    });

    test('a note that was written here goes to Anki in the form its own type for them has', async () => {
      const fred = await service.signUp('fred');
      await give(fred);
      const deck = (await say(fred, 'POST', 'decks/', { name: 'Out' })).body.id;
      await say(fred, 'POST', 'notes/', {
        ...{ deck_id: deck, type: 'image_occlusion', format: 'markdown' },
        fields: fields({
          Occlusion:
            '{{c1::image-occlusion:rect:left=.1:top=.1:width=.2:height=.1:label=A & B}}\n{{c2::image-occlusion:rect:left=.5:top=.5:width=.2:height=.1}}',
          Image: `![heart](${ADDRESS})`,
          'Back Extra': 'See *Gray*',
        }),
      });
      const out = await exported('fred', deck, 'apkg');
      const { notes } = await allOf(await openCollection(out));
      assert.deepEqual(notes[0]?.fields.slice(0, 2), [
        '{{c1::image-occlusion:rect:left=.1:top=.1:width=.2:height=.1:label=A &amp; B}}<br>{{c2::image-occlusion:rect:left=.5:top=.5:width=.2:height=.1}}',
        '<img src="heart.png" alt="heart" />',
      ]);
      // What Anki's editor and reviewer look for.
      const zip = await ZipArchive.open(out, LIMITS);
      const file = join(folder, `${target.name.replaceAll(' ', '-')}.anki2`);
      await zip.extract('collection.anki2', file, false);
      zip.close();
      (await openAnkiDatabase(file)).database.close();
      const database = new DatabaseSync(file, { readOnly: true });
      const { models } = database.prepare('SELECT models FROM col').get() as { models: string };
      database.close();
      const model = (
        Object.values(JSON.parse(models)) as {
          name: string;
          type: number;
          originalStockKind: number;
          flds: { tag: number; preventDeletion: boolean }[];
          tmpls: { qfmt: string; afmt: string }[];
        }[]
      ).find(({ name }) => name === 'FlashCase Image Occlusion');
      assert.ok(model);
      assert.deepEqual([model.type, model.originalStockKind], [1, 6]);
      const { flds: written, tmpls } = model;
      assert.deepEqual(
        written.map(({ tag, preventDeletion }) => [tag, preventDeletion]),
        [true, true, true, true, false].map((isKept, at) => [at, isKept]),
      );
      for (const wanted of [
        '{{cloze:Occlusion}}',
        '{{Image}}',
        'id="image-occlusion-container"',
        'id="image-occlusion-canvas"',
        'anki.imageOcclusion.setup()',
        'id="err"',
      ])
        assert.ok(tmpls[0]?.qfmt.includes(wanted), wanted);
      assert.ok(tmpls[0]?.afmt.includes('id="toggle"'));
    });
  });
}
