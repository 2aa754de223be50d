import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Session } from '../../src/db/database.ts';
import { updateDeck } from '../../src/db/stores/decks.ts';
import { findUser, type User } from '../../src/db/stores/users.ts';
import { readText } from '../../src/formats/text/read-text.ts';
import { changeCard, deleteCard } from '../../src/services/cards.ts';
import { changeNote } from '../../src/services/change-note.ts';
import { deleteDeck } from '../../src/services/decks.ts';
import { exportDeck } from '../../src/services/export-deck.ts';
import { tidy } from '../../src/services/housekeeping.ts';
import { importText } from '../../src/services/import-cards.ts';
import { importCollection, type Units } from '../../src/services/import-collection.ts';
import { importFile } from '../../src/services/import-file.ts';
import { browseNotes, createNote, createNotes, getNote } from '../../src/services/notes.ts';
import { inWorkplace } from '../formats/workplace.ts';
import { storageForms, withCitus } from '../support/database.ts';
import { type Service, startService } from './client.ts';

/** Long enough for the other to come to where it must wait; where it does not wait, it is done by then. */
const MEANWHILE_MS = 400;

for (const target of withCitus(storageForms())) {
  describe(`two at once on ${target.name}`, { skip: target.skip }, () => {
    const onService = (work: (service: Service, token: string, anna: User) => Promise<void>) => async () => {
      const place = await target.withTables();
      try {
        const service = await startService(place);
        try {
          const token = await service.signUp('anna');
          await service.call('POST', '/api/v1/decks/', { token, json: { name: 'Torts' } });
          await service.call('POST', '/api/v1/cards/', { token, json: { deck_id: 1, front: 'q', back: 'a' } });
          const anna = await service.database.read((session) => findUser(session, { username: 'anna' }));
          await work(service, token, anna as User);
        } finally {
          await service.close();
        }
      } finally {
        await place.drop();
      }
    };

    /** Runs `second` while the unit of work of `first` is done and not yet committed; gives what came of each. */
    async function meanwhile<A, B>({ database }: Service, first: (session: Session) => Promise<A>, second: () => Promise<B>) {
      let other: Promise<PromiseSettledResult<B>[]> | undefined;
      const value = await database.write(async (session) => {
        const done = await first(session);
        other = Promise.allSettled([second()]);
        await delay(MEANWHILE_MS);
        return done;
      });
      const [outcome] = (await other) as [PromiseSettledResult<B>];
      return { value, outcome };
    }

    test(
      'a deck that is brought back while the trash is emptied keeps every card',
      onService(async (service, token) => {
        const { call, clock, database } = service;
        await call('POST', '/api/v1/notes/', {
          token,
          json: { deck_id: 1, type: 'basic', fields: [{ name: 'Front', value: 'x' }] },
        });
        await call('DELETE', '/api/v1/decks/1', { token });
        clock.advance(40 * 86_400);
        const { outcome } = await meanwhile(
          service,
          (session) => updateDeck(session, 1n, { deleted_at: null }),
          () => tidy(database),
        );
        // Where reviews are stored by months, forty days bring one more.
        const months = target.name.includes('by months') ? 1 : 0;
        const value = { cards: 0, notes: 0, decks: 0, recounted: 0, searchable: 0, listed: 0, months };
        assert.deepEqual(outcome, { status: 'fulfilled', value });
        const deck = await call('GET', '/api/v1/decks/1', { token });
        assert.deepEqual([deck.status, deck.body.card_count], [200, 2]);
        assert.equal((await call('GET', '/api/v1/notes/?deck_id=1', { token })).body.length, 1);
      }),
    );

    test(
      'of two notes that are made of one card at once, one gets it and the other is refused',
      onService(async (service, token, anna) => {
        const { call, database } = service;
        const make = (session: Session, guid: string) =>
          createNote(
            session,
            anna,
            1n,
            { type: 'basic', note_type_id: null, format: 'text', fields: new Map([['Front', guid]]), tags: [], guid },
            1n,
          );
        const { value, outcome } = await meanwhile(
          service,
          (session) => make(session, 'first'),
          () => database.write((session) => make(session, 'second')),
        );
        assert.equal(value.cards[0]?.id, 1n);
        assert.deepEqual(
          [outcome.status, outcome.status === 'rejected' && outcome.reason.code],
          ['rejected', 'FC_INPUT_INVALID'],
        );
        const notes = (await call('GET', '/api/v1/notes/?deck_id=1', { token })).body;
        assert.deepEqual(
          notes.map(({ guid, cards }: { guid: string; cards: { id: number; front: string }[] }) => [
            guid,
            cards.map(({ id, front }) => [id, front]),
          ]),
          [['first', [[1, 'first']]]],
        );
      }),
    );

    test(
      'two who change the two sides of a note’s card at once both keep their change',
      onService(async (service, token, anna) => {
        const { call, database } = service;
        const note = (
          await call('POST', '/api/v1/notes/', {
            token,
            json: {
              deck_id: 1,
              type: 'basic',
              fields: [
                { name: 'Front', value: 'front' },
                { name: 'Back', value: 'back' },
              ],
            },
          })
        ).body;
        const cardId = BigInt(note.cards[0].id);
        const { outcome } = await meanwhile(
          service,
          (session) => changeCard(session, anna, cardId, { front: 'new front' }),
          () => database.write((session) => changeCard(session, anna, cardId, { back: 'new back' })),
        );
        assert.equal(outcome.status, 'fulfilled', outcome.status === 'rejected' ? String(outcome.reason) : '');
        const { body } = await call('GET', `/api/v1/notes/${note.id}`, { token });
        assert.deepEqual(
          body.fields.map(({ value }: { value: string }) => value),
          ['new front', 'new back'],
        );
        assert.deepEqual([body.cards[0].front, body.cards[0].back], ['new front', 'new back']);
      }),
    );

    const basic = (front: string, back: string, type = 'basic') => ({
      type,
      note_type_id: null,
      format: 'text' as const,
      fields: new Map([
        ['Front', front],
        ['Back', back],
      ]),
      tags: [],
    });

    test(
      'an import of a text that updates what somebody changes meanwhile brings nothing back, and writes over nothing else',
      onService(async (service, token, anna) => {
        const { call, database } = service;
        await call('POST', '/api/v1/cards/', { token, json: { deck_id: 1, front: 'gone', back: 'a' } });
        const note = await database.write((session) => createNote(session, anna, 1n, basic('kept', 'a')));
        const { outcome } = await meanwhile(
          service,
          async (session) => {
            await createNote(session, anna, 1n, basic('q', 'a'), 1n);
            await deleteCard(session, anna, 2n);
            await changeNote(session, anna, note.id, { fields: new Map([...note.fields, ['Source', 'page 7']]), tags: ['new'] });
          },
          () => database.write((session) => importText(session, anna, 1n, readText('q\tb\ngone\tb\nkept\tb\n'), 'update')),
        );
        assert.equal(outcome.status, 'fulfilled', outcome.status === 'rejected' ? String(outcome.reason) : '');
        assert.deepEqual(outcome.status === 'fulfilled' && [outcome.value.added, outcome.value.updated], [1, 2]);
        const cards = (await call('GET', '/api/v1/cards/?deck_id=1', { token })).body as { front: string; back: string }[];
        assert.deepEqual(cards.map(({ front, back }) => [front, back]).toSorted(), [
          ['gone', 'b'],
          ['kept', 'b\n\nSource: page 7'],
          ['q', 'b'],
        ]);
        const notes = await database.read((session) =>
          browseNotes(session, anna, { deckId: 1n }, { after: undefined, limit: 10 }),
        );
        assert.deepEqual(
          notes.map(({ fields, tags, cards: own }) => [fields.get('Back'), fields.get('Source') ?? '', tags, own[0]?.back]),
          [
            ['b', 'page 7', ['new'], 'b\n\nSource: page 7'],
            ['b', '', [], 'b'],
          ],
        );
      }),
    );

    test(
      'an import of a collection that updates what somebody changes meanwhile leaves deleted cards deleted, and notes where they are',
      onService((service, token, anna) =>
        inWorkplace(async ({ folder }) => {
          const { call, database } = service;
          const file = join(folder, 'torts.flashcase');
          await call('POST', '/api/v1/decks/', { token, json: { name: 'Other' } });
          const [reversed, moved] = await database.write((session) =>
            createNotes(session, anna, 1n, [basic('r', 's', 'basic_reversed'), basic('m', 'n')]),
          );
          await database.read((session) => exportDeck(session, anna, 1n, 'archive', file));
          // So that the file has something else to say of both.
          for (const { id } of [reversed!, moved!])
            await database.write((session) => changeNote(session, anna, id, { tags: ['later'] }));
          const { outcome } = await meanwhile(
            service,
            async (session) => {
              await deleteCard(session, anna, reversed!.cards[1]!.id);
              await changeNote(session, anna, moved!.id, { deck_id: 2n });
            },
            () =>
              importFile(database, 'anna', { file, deck: undefined, duplicates: 'update', isDryRun: false, hasSchedule: true }),
          );
          assert.equal(outcome.status, 'fulfilled', outcome.status === 'rejected' ? String(outcome.reason) : '');
          assert.equal(outcome.status === 'fulfilled' && outcome.value.updated, 2);
          const after = await database.read(async (session) => [
            await getNote(session, anna, reversed!.id),
            await getNote(session, anna, moved!.id),
          ]);
          assert.deepEqual(
            after.map(({ deck_id, tags, cards }) => [deck_id, tags, cards.map((card) => [card.front, card.deck_id])]),
            [
              [1n, [], [['r', 1n]]],
              [2n, [], [['m', 2n]]],
            ],
          );
        }),
      ),
    );

    test(
      'a deck that is deleted while an import into it waits takes no cards; one that is deleted while they are written goes with them',
      onService((service, token, anna) =>
        inWorkplace(async ({ folder }) => {
          const { call, database } = service;
          const file = join(folder, 'torts.flashcase');
          await database.read((session) => exportDeck(session, anna, 1n, 'archive', file));
          const into = (deck: bigint, units: Units = database) =>
            importCollection(units, {
              ...{ file, duplicates: 'keep', isDryRun: false, hasSchedule: true, deckName: 'Other' },
              userOf: async () => anna,
              deckOf: async () => deck,
            });
          const other = BigInt((await call('POST', '/api/v1/decks/', { token, json: { name: 'Other' } })).body.id);
          const refused = await meanwhile(
            service,
            (session) => deleteDeck(session, anna, other),
            () => into(other),
          );
          assert.equal(refused.outcome.status === 'rejected' && refused.outcome.reason.code, 'FC_NOT_FOUND');
          const cardsIn = async (deck: bigint) =>
            (await database.read(({ kysely }) => kysely.selectFrom('card').select('id').where('deck_id', '=', deck).execute()))
              .length;
          assert.equal(await cardsIn(other), 0);

          const last = BigInt((await call('POST', '/api/v1/decks/', { token, json: { name: 'Last' } })).body.id);
          let deletion: Promise<void> | undefined;
          const units: Units = {
            ...{ read: (work) => database.read(work), clock: database.clock },
            write: (work) =>
              database.write(async (session) => {
                const done = await work(session);
                deletion = database.write((deleting) => deleteDeck(deleting, anna, last));
                await delay(MEANWHILE_MS);
                return done;
              }),
          };
          const { decks, cards } = await into(last, units);
          await deletion;
          assert.deepEqual([decks[0]?.id, cards, await cardsIn(last)], [last, 1, 1]);
          assert.equal((await call('GET', `/api/v1/decks/${last}`, { token })).status, 404);
        }),
      ),
    );

    test(
      'a card that becomes a note’s while somebody changes it says what the note says',
      onService(async (service, token, anna) => {
        const { call, database } = service;
        const { outcome } = await meanwhile(
          service,
          (session) =>
            createNote(
              session,
              anna,
              1n,
              {
                type: 'basic',
                note_type_id: null,
                format: 'text',
                fields: new Map([
                  ['Front', 'q'],
                  ['Back', 'a'],
                ]),
                tags: [],
              },
              1n,
            ),
          () => database.write((session) => changeCard(session, anna, 1n, { back: 'b' })),
        );
        assert.equal(outcome.status, 'fulfilled', outcome.status === 'rejected' ? String(outcome.reason) : '');
        const [note] = (await call('GET', '/api/v1/notes/?deck_id=1', { token })).body;
        assert.deepEqual([note.fields.map(({ value }: { value: string }) => value), note.cards[0].back], [['q', 'b'], 'b']);
      }),
    );
  });
}
