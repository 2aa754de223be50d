import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openCollection } from '../../src/formats/open-file.ts';
import { exportDeck } from '../../src/services/export-deck.ts';
import { importFile, userNamed } from '../../src/services/import-file.ts';
import { allOf } from '../formats/workplace.ts';
import { everydayEngines } from '../support/database.ts';
import { type Service, startService } from './client.ts';

/** Its own temporary folder: what other tests have in theirs is none of it. */
const folder = mkdtempSync(join(tmpdir(), 'flashcase-test-'));
const before = process.env.TMPDIR;
process.env.TMPDIR = folder;
after(() => {
  process.env.TMPDIR = before;
  rmSync(folder, { recursive: true, force: true });
});

/** What an answer was sent from goes once it is sent. */
async function untilRemoved(): Promise<void> {
  while (readdirSync(folder).some((name) => name.startsWith('flashcase-deck-'))) await delay(10);
}

for (const target of everydayEngines()) {
  describe(`decks as files on ${target.name}`, { skip: target.skip }, () => {
    const onService = (story: (service: Service) => Promise<void>) => async () => {
      const place = await target.withTables();
      const service = await startService(place);
      try {
        await story(service);
      } finally {
        await service.close();
        await place.drop();
      }
    };

    const student = async (service: Service, name: string) => {
      const token = await service.signUp(name);
      const ok = async (method: string, url: string, json?: object) => {
        const answer = await service.call(method, `/api/v1/${url}`, { token, ...(json === undefined ? {} : { json }) });
        assert.ok(answer.status < 300, `${method} ${url}: ${answer.text}`);
        return answer.body;
      };
      const deck = async (deckName: string, more = {}): Promise<number> =>
        (await ok('POST', 'decks/', { name: deckName, ...more })).id;
      const card = async (deckId: number, front: string): Promise<number> =>
        (await ok('POST', 'cards/', { deck_id: deckId, front, back: `${front}!` })).id;
      const file = async (deckId: number, query: string) => {
        const answer = await service.app.inject({
          ...{ method: 'POST', url: `/api/v1/decks/${deckId}/export${query}`, headers: { authorization: `Bearer ${token}` } },
        });
        assert.equal(answer.statusCode, 200, answer.body);
        return { bytes: answer.rawPayload, name: String(answer.headers['content-disposition']) };
      };
      /** By deck: each card's front, and the buttons of its answers; where an import begins a card, no button was pressed. */
      const decks = async () => {
        const found: Record<string, string[]> = {};
        for (const { id, name: deckName } of await ok('GET', 'decks/?scope=own')) {
          const cards: string[] = [];
          for (const { id: cardId, front } of await ok('GET', `cards/?deck_id=${id}`)) {
            const { reviews } = await ok('GET', `cards/${cardId}/history`);
            const buttons = reviews.flatMap(({ button }: { button: string | null }) => button ?? []);
            cards.push([front, ...buttons].join(' '));
          }
          found[deckName] = cards.sort();
        }
        return found;
      };
      return { token, ok, deck, card, file, decks };
    };

    for (const [format, ending] of [
      ['apkg', 'apkg'],
      ['archive', 'flashcase'],
    ])
      test(
        `a deck with all below it goes out and comes back equal, with the reviews of its student alone, as ${format} (${target.name})`,
        onService(async (service) => {
          const anna = await student(service, 'anna');
          const law = await anna.deck('Law', { is_public: true });
          const torts = await anna.deck('Law::Torts');
          const essays = await anna.deck('Law::Contracts::Essays');
          await anna.card(await anna.deck('Bar'), 'elsewhere');
          const cards = [await anna.card(law, 'law'), await anna.card(torts, 'duty'), await anna.card(torts, 'breach')];
          const cloze = {
            deck_id: essays,
            type: 'cloze',
            fields: [{ name: 'Text', value: 'An {{c1::offer}} and an {{c2::acceptance}}' }],
          };
          await anna.ok('POST', 'notes/', cloze);
          for (const [index, card] of cards.entries()) {
            service.clock.advance(60);
            await anna.ok('POST', `study/review/${card}`, { grade: index + 2 });
          }
          const wanted = await anna.decks();
          delete wanted.Bar;
          assert.deepEqual(wanted['Law::Torts'], ['breach easy', 'duty good']);
          const dora = await student(service, 'dora');
          await dora.deck('Law::Of Dora');

          const { bytes, name } = await anna.file(law, `?format=${format}&below=true`);
          assert.equal(name, `attachment; filename=Law.${ending}`);
          const file = join(folder, `out.${ending}`);
          writeFileSync(file, bytes);
          const bert = await student(service, 'bert');
          const report = await importFile(service.database, 'bert', {
            ...{ file, deck: undefined, duplicates: 'skip', isDryRun: false, hasSchedule: true },
          });
          assert.deepEqual([report.added, report.cards, report.reviews], [4, 5, 3]);
          assert.deepEqual(await bert.decks(), wanted);
          rmSync(file);

          // What somebody else may read has none of its owner's reviews, and nothing that is below by its name alone.
          writeFileSync(file, (await dora.file(law, `?format=${format}&below=true`)).bytes);
          const found = await allOf(await openCollection(file));
          assert.deepEqual([found.notes.length, found.reviews.length], [1, 0]);
          rmSync(file);
          await untilRemoved();
        }),
      );

    test(
      `a note that came into two decks keeps its cards in both (${target.name})`,
      onService(async (service) => {
        const anna = await student(service, 'anna');
        const law = await anna.deck('Law');
        for (const deck_id of [law, await anna.deck('Law::Torts')])
          await anna.ok('POST', 'notes/', {
            deck_id,
            type: 'basic',
            fields: [
              { name: 'Front', value: `of ${deck_id}` },
              { name: 'Back', value: 'a' },
            ],
          });
        await service.database.write(({ kysely }) => kysely.updateTable('note').set({ guid: 'same' }).execute());
        const file = join(folder, 'twice.apkg');
        writeFileSync(file, (await anna.file(law, '?below=true')).bytes);
        const bert = await student(service, 'bert');
        await importFile(service.database, 'bert', {
          ...{ file, deck: undefined, duplicates: 'skip', isDryRun: false, hasSchedule: true },
        });
        assert.deepEqual(await bert.decks(), await anna.decks());
        const guids = async (deckId: number, query: string) => {
          writeFileSync(file, (await anna.file(deckId, query)).bytes);
          return (await allOf(await openCollection(file))).notes.map(({ guid }) => guid);
        };
        // Each is the same note to other programs whether it goes out alone or with others.
        const both = await guids(law, '?below=true');
        assert.deepEqual([...(await guids(law, '')), ...(await guids(law + 1, ''))], both);
        assert.equal(both[0], 'same');
        rmSync(file);
      }),
    );

    test(
      `a student exports one deck at a time, and what is given up stops and leaves nothing (${target.name})`,
      onService(async (service) => {
        const anna = await student(service, 'anna');
        const deck = await anna.deck('Large');
        const text = Array.from({ length: 5000 }, (_, n) => `question ${n}\tanswer`).join('\n');
        await anna.ok('POST', `decks/${deck}/import`, { text });
        const ask = () => service.call('POST', `/api/v1/decks/${deck}/export`, { token: anna.token });
        const answers = await Promise.all([ask(), ask()]);
        assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 429]);
        for (const format of ['apkg', 'archive', 'csv'] as const) {
          const leaving = new AbortController();
          const reason = new Error('gone');
          // Heard although all of it is work of this thread.
          setImmediate(() => setImmediate(() => leaving.abort(reason)));
          const file = join(folder, `large.${format}`);
          await assert.rejects(
            service.database.read(async (session) =>
              exportDeck(session, await userNamed(session, 'anna'), BigInt(deck), format, file, {
                ...{ signal: leaving.signal, temporaryFolder: folder },
              }),
            ),
            reason,
          );
        }
        await untilRemoved();
        assert.deepEqual(
          readdirSync(folder).filter((name) => !name.startsWith('flashcase-test-')),
          [],
        );
      }),
    );

    test(
      `a table has fronts, backs and tags, and of several decks their names; whatever a deck is called, its file can be (${target.name})`,
      onService(async (service) => {
        const anna = await student(service, 'anna');
        const deck = await anna.deck('Recht: „Ä/B“');
        await anna.card(deck, 'a "b"');
        await anna.card(await anna.deck('Recht: „Ä/B“::X'), '=1+1');
        const alone = await anna.file(deck, '?format=csv');
        assert.equal(alone.bytes.toString(), '\uFEFFFront,Back,Tags\r\n"a ""b""","a ""b""!",\r\n');
        assert.match(
          alone.name,
          /^attachment; filename="Recht [^"/]*\.csv"; filename\*=UTF-8''Recht%20%E2%80%9E%C3%84%20B%E2%80%9C\.csv$/,
        );
        const both = (await anna.file(deck, '?format=csv&below=true')).bytes.toString().split('\r\n');
        assert.equal(both[0], '\uFEFFFront,Back,Tags,Deck');
        assert.match(both[2] ?? '', /^=1\+1,/);
        assert.match(both[2] ?? '', /,Recht: „Ä\/B“::X$/);
        const shared = await anna.deck('Shared', { is_public: true });
        await anna.card(shared, '=HYPERLINK("x")');
        const bert = await student(service, 'bert');
        assert.match((await bert.file(shared, '?format=csv')).bytes.toString(), /\n"'=HYPERLINK\(""x""\)"/);
        const wrong = await service.call('POST', `/api/v1/decks/${deck}/export?format=pdf`, { token: anna.token });
        assert.equal(wrong.status, 422);
        await untilRemoved();
      }),
    );
  });
}
