import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { writeAnkiPackage } from '../../src/formats/anki/write-package.ts';
import type { Entry } from '../../src/formats/collection.ts';
import { deleteDeck } from '../../src/services/decks.ts';
import { deleteAccount } from '../../src/services/delete-account.ts';
import { userNamed } from '../../src/services/import-file.ts';
import { MOST_UPLOAD_BYTES } from '../../src/services/uploads.ts';
import { type Answer, type Service, startService } from '../conformance/client.ts';
import { makeZip } from '../formats/make-zip.ts';
import { inWorkplace } from '../formats/workplace.ts';
import { engines } from '../support/database.ts';

const NOW = Date.UTC(2026, 1, 20, 9);

function* collection(notes: number): Generator<Entry> {
  yield { type: 'deck', key: 1, path: ['Law', 'Torts'], description: '' };
  yield {
    ...{ type: 'note-type', key: 1, name: 'Basic', form: 'standard', fields: ['Front', 'Back'], css: '', sortField: 0 },
    templates: [{ name: 'Card 1', question: '{{Front}}', answer: '{{FrontSide}}<hr id=answer>{{Back}}' }],
  };
  for (let key = 1; key <= notes; key++) {
    const fields = [`Case ${key}`, `<b>Rule</b> ${key}`];
    yield {
      ...{ type: 'note', key, guid: `g${key}`, noteType: 1, tags: key === 1 ? ['leech', 'torts'] : ['torts'], fields },
      ...{ createdAt: NOW, modifiedAt: NOW },
    };
  }
  for (let key = 1; key <= notes; key++)
    yield {
      ...{
        type: 'card',
        key,
        note: key,
        ordinal: 0,
        deck: 1,
        createdAt: NOW,
        modifiedAt: NOW,
        stage: 'review',
        isSuspended: key === 1,
      },
      ...{ flag: 2, due: { day: '2026-03-20' }, intervalDays: 30, ease: 2.5, reviewCount: 1, lapses: 0, stepsLeft: 0 },
    };
  for (let card = 1; card <= notes; card++)
    yield {
      ...{ type: 'review', card, at: NOW - card * 1000, kind: 'review', grade: 3, interval: 30 },
      ...{ previousInterval: 12, ease: 2.5, tookMs: 2000 },
    };
}

for (const target of engines()) {
  describe(`importing a file on ${target.name}`, { skip: target.skip }, () => {
    interface Ask {
      readonly service: Service;
      readonly token: string;
      /** Begins a file and sends it in pieces of so many bytes; gives its path. */
      send(bytes: Uint8Array, piece?: number): Promise<string>;
      sendPiece(
        path: string,
        at: number,
        bytes: Uint8Array,
        as?: string,
      ): Promise<{ status: number; body: Record<string, unknown> }>;
      post(path: string, json?: object, as?: string): Promise<Answer>;
      packageOf(notes: number): Promise<Buffer>;
    }
    const asking = (work: (ask: Ask) => Promise<void>) => () =>
      inWorkplace(async ({ folder }) => {
        const place = await target.withTables();
        const service = await startService(place);
        try {
          const token = await service.signUp('anna');
          const ask: Ask = {
            ...{ service, token },
            async send(bytes, piece = 1000) {
              const begun = await service.call('POST', '/api/v1/import/files', { token });
              assert.equal(begun.status, 201);
              const path = `/api/v1/import/files/${begun.body.id}`;
              for (let at = 0; at < bytes.length; at += piece) {
                const sent = await ask.sendPiece(path, at, bytes.subarray(at, at + piece));
                assert.deepEqual(sent, { status: 200, body: { bytes: Math.min(bytes.length, at + piece) } });
              }
              return path;
            },
            async sendPiece(path, at, bytes, as = token) {
              const answer = await service.app.inject({
                method: 'PUT',
                url: `${path}?at=${at}`,
                headers: { authorization: `Bearer ${as}`, 'content-type': 'application/octet-stream' },
                payload: Buffer.from(bytes),
              });
              return { status: answer.statusCode, body: answer.json() };
            },
            post: (path, json = {}, as = token) => service.call('POST', path, { token: as, json }),
            async packageOf(notes) {
              const file = join(folder, `${notes}.apkg`);
              await writeAnkiPackage(file, collection(notes), [], { now: NOW });
              return readFileSync(file);
            },
          };
          await work(ask);
        } finally {
          await service.close();
          await place.drop();
        }
      });

    test(
      'an import whose deck or account is deleted while its file is read is refused whole, and says why',
      asking(async ({ service, token, send, post, packageOf }) => {
        const { app, database } = service;
        const anna = await database.read((session) => userNamed(session, 'anna'));
        const ask = app.getSession;
        const file = await packageOf(3);
        /** Does something between the reading of the file and the writing of what is in it. */
        const importMeanwhile = async (json: object, work: () => Promise<unknown>): Promise<Answer> => {
          const path = await send(file);
          app.getSession = async (mode, unit, writer) => {
            if (mode === 'write') {
              app.getSession = ask;
              await work();
            }
            return ask(mode, unit, writer);
          };
          return post(`${path}/import`, json);
        };
        const rows = async () =>
          (await database.read(({ kysely }) => kysely.selectFrom('note').select('id').execute())).length +
          (await database.read(({ kysely }) => kysely.selectFrom('study_log').select('id').execute())).length;
        const { body: deck } = await post('/api/v1/decks/', { name: 'Torts' });
        const late = await importMeanwhile({ deck_id: deck.id }, () =>
          database.write((session) => deleteDeck(session, anna, BigInt(deck.id))),
        );
        assert.deepEqual([late.status, late.body.code], [404, 'FC_NOT_FOUND'], late.text);
        assert.match(late.body.detail, /The deck was deleted while the file was read; nothing was imported/);
        assert.equal(await rows(), 0);
        const gone = await importMeanwhile({}, () => deleteAccount(database, anna.id));
        assert.deepEqual([gone.status, gone.body.code], [401, 'FC_UNAUTHENTICATED'], gone.text);
        assert.match(gone.body.detail, /The account was deleted or disabled while the file was read; nothing was imported/);
        assert.equal(await rows(), 0);
        assert.equal((await service.call('GET', '/api/v1/auth/me', { token })).status, 401);
      }),
    );

    test(
      'what comes in pieces is looked at without a change, imported as that said, and taken back whole',
      asking(async ({ service, token, send, post, packageOf }) => {
        const path = await send(await packageOf(25));
        const preview = await post(`${path}/preview`);
        assert.equal(preview.status, 200, preview.text);
        assert.equal(preview.body.state, 'done');
        const { report } = preview.body;
        assert.deepEqual([report.added, report.cards, report.reviews, report.skipped], [25, 25, 25, 0]);
        assert.deepEqual(report.decks, [{ id: null, name: 'Law::Torts', is_new: true }]);
        assert.equal(report.samples.length, 20);
        assert.deepEqual(report.samples[0], {
          ...{ front: 'Case 1', back: 'Rule 1', front_html: 'Case 1', back_html: '<b>Rule</b> 1', action: 'add' },
        });
        const decks = async () => (await service.call('GET', '/api/v1/decks/?scope=own', { token })).body;
        assert.deepEqual(await decks(), []);
        const done = await post(`${path}/import`);
        assert.equal(done.status, 200, done.text);
        const { operation_id, ...counts } = done.body.report;
        const { operation_id: none, ...promised } = report;
        assert.equal(none, null);
        assert.deepEqual({ ...counts, decks: [] }, { ...promised, decks: [] });
        assert.equal(done.headers['x-operation'], String(operation_id));
        const [deck] = await decks();
        assert.deepEqual([deck.name, deck.card_count], ['Law::Torts', 25]);
        // Asked again, as by a client that lost the answer, nothing is done twice.
        assert.deepEqual((await post(`${path}/import`)).body, done.body);
        const [past] = (await service.call('GET', `/api/v1/decks/${deck.id}/imports`, { token })).body;
        assert.deepEqual([String(past.id), past.added, past.undone_at], [String(operation_id), 25, null]);
        const undone = await post(`/api/v1/operations/${operation_id}/undo`);
        assert.deepEqual(undone.body.imported, { taken_back: 25, kept: 0, kept_fronts: [] });
        assert.deepEqual(await decks(), []);
      }),
    );

    test(
      'into one’s own deck, without dates: every card is new, and what only said how it was studied is gone',
      asking(async ({ service, token, send, post, packageOf }) => {
        const { body: deck } = await service.call('POST', '/api/v1/decks/', { token, json: { name: 'Mine' } });
        const path = await send(await packageOf(3));
        const done = await post(`${path}/import`, { deck_id: deck.id, has_schedule: false });
        assert.deepEqual([done.body.report.added, done.body.report.reviews], [3, 0]);
        assert.deepEqual(done.body.report.decks, [{ id: deck.id, name: 'Mine', is_new: false }]);
        const { body: notes } = await service.call('GET', `/api/v1/notes/?deck_id=${deck.id}`, { token });
        assert.deepEqual(
          notes.map(({ tags }: { tags: string[] }) => tags),
          [['torts'], ['torts'], ['torts']],
        );
        const { body: queue } = await service.call('GET', `/api/v1/study/queue/${deck.id}`, { token });
        assert.deepEqual([queue.cards.length, queue.cards[0].flag], [3, 0]);
        const other = await service.signUp('ben');
        const { body: theirs } = await service.call('POST', '/api/v1/decks/', { token: other, json: { name: 'Theirs' } });
        assert.equal((await post(`${path}/import`, { deck_id: theirs.id })).status, 404);
      }),
    );

    test(
      'a piece that is sent again changes nothing, one behind a gap is refused, and nobody reaches another’s file',
      asking(async ({ service, send, sendPiece, post, packageOf }) => {
        const bytes = await packageOf(2);
        const path = await send(bytes.subarray(0, 500), 200);
        assert.deepEqual((await sendPiece(path, 200, bytes.subarray(200, 400))).body, { bytes: 500 });
        const gap = await sendPiece(path, 600, bytes.subarray(600, 700));
        assert.deepEqual([gap.status, gap.body.code], [400, 'FC_BAD_REQUEST']);
        assert.match(String(gap.body.detail), /500 bytes are here/);
        const large = await sendPiece(path, MOST_UPLOAD_BYTES - 1, Buffer.from('ab'));
        assert.deepEqual([large.status, large.body.code], [413, 'FC_IMPORT_TOO_LARGE']);
        const ben = await service.signUp('ben');
        assert.equal((await sendPiece(path, 500, bytes.subarray(500), ben)).status, 404);
        assert.equal((await post(`${path}/import`, {}, ben)).status, 404);
        assert.equal((await service.call('DELETE', path, { token: ben })).status, 404);
        assert.equal((await sendPiece(path, 500, bytes.subarray(500))).status, 200);
        assert.equal((await post(`${path}/import`)).body.report.added, 2);
      }),
    );

    test(
      'others are served while a file is looked at and imported',
      asking(async ({ service, token, send, post, packageOf }) => {
        const path = await send(await packageOf(1500), 1_000_000);
        for (const what of ['preview', 'import']) {
          let isDone = false;
          const asked = post(`${path}/${what}`).finally(() => {
            isDone = true;
          });
          let served = 0;
          while (!isDone) {
            // Requests without a network never let the event loop turn by themselves.
            await new Promise((resolve) => setImmediate(resolve));
            const { status } = await service.call('GET', '/api/v1/decks/?scope=own', { token });
            assert.equal(status, 200);
            if (!isDone) served++;
          }
          let answer = await asked;
          // A machine that is busy with much else takes longer than one answer may.
          while (answer.body.state === 'running') answer = await post(`${path}/${what}`);
          assert.equal(answer.body.report.added, 1500);
          assert.ok(served > 5, `${what}: ${served} were served meanwhile`);
        }
      }),
    );

    test(
      'a file that is damaged, cut off or means harm is refused in plain words, and can be replaced',
      asking(async ({ service, token, send, post, packageOf }) => {
        const good = await packageOf(2);
        const codeOf = async (bytes: Uint8Array) => {
          const { status, body } = await post(`${await send(bytes, 100_000)}/preview`);
          assert.doesNotMatch(JSON.stringify(body), /\/tmp|node_modules|at .*\(/);
          return [status, body.code];
        };
        assert.deepEqual(await codeOf(good.subarray(0, good.length - 40)), [400, 'FC_IMPORT_UNREADABLE']);
        assert.deepEqual(await codeOf(Buffer.from('Front,Back\nDuty?,Owed')), [400, 'FC_IMPORT_UNREADABLE']);
        assert.deepEqual(await codeOf(makeZip([{ name: '../evil', data: 'x' }])), [400, 'FC_IMPORT_UNSAFE']);
        const zeros = makeZip([{ name: 'collection.anki2', data: Buffer.alloc(17 * 1024 * 1024), isDeflated: true }]);
        assert.deepEqual(await codeOf(zeros), [413, 'FC_IMPORT_TOO_LARGE']);
        const path = await send(good);
        assert.equal((await service.call('DELETE', path, { token })).status, 204);
        assert.equal((await post(`${path}/preview`)).status, 404);
        assert.equal((await post(`${await send(good)}/preview`)).status, 200);
      }),
    );
  });
}
