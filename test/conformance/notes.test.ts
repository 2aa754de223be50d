import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { findUser } from '../../src/db/stores/users.ts';
import { tidy } from '../../src/services/housekeeping.ts';
import { createNotes } from '../../src/services/notes.ts';
import { everydayEngines, withCitus } from '../support/database.ts';
import { type Service, startService } from './client.ts';

/** Answers of the same story on each engine that ran: they must be equal to the byte. */
const stories = new Map<string, string[]>();
const fields = (values: Record<string, string>) => Object.entries(values).map(([name, value]) => ({ name, value }));

interface Shown {
  readonly id: number;
  readonly ordinal: number;
  readonly front: string;
  readonly back: string;
}

for (const target of withCitus(everydayEngines())) {
  describe(`notes on ${target.name}`, { skip: target.skip }, () => {
    const onService = (work: (service: Service, token: string) => Promise<void>) => async () => {
      const place = await target.withTables();
      try {
        const service = await startService(place);
        try {
          const token = await service.signUp('anna');
          await service.call('POST', '/api/v1/decks/', { token, json: { name: 'Torts' } });
          await work(service, token);
        } finally {
          await service.close();
        }
      } finally {
        await place.drop();
      }
    };

    test(
      'the same story of notes gets byte-equal answers on every engine',
      onService(async ({ call, app }, token) => {
        const answers: string[] = [];
        const say = async (method: string, url: string, json?: unknown) => {
          const answer = await call(method, url, { token, ...(json === undefined ? {} : { json }) });
          // A guid is random unless it is given.
          answers.push(`${method} ${url} ${answer.status} ${answer.text}`);
        };
        const add = (guid: string, type: string, values: Record<string, string>, more: object = {}) =>
          say('POST', '/api/v1/notes/', { deck_id: 1, guid, type, fields: fields(values), ...more });
        await add(
          'a',
          'basic',
          { Front: 'Duty?', Back: 'Reasonable care', Source: '§ 283' },
          { tags: ['Torts', 'mbe', 'torts'] },
        );
        await add('b', 'cloze', { Text: '{{c1::Erie}}: {{c2::state::whose?}} law' }, { tags: ['civ pro', 'Zivil\u00e4'] });
        await add('c', 'rule_elements', { Rule: 'Negligence', Elements: 'Duty\nBreach\nCause' });
        await add(
          'd',
          'case',
          { Name: 'Palsgraf', Issue: 'Duty to whom?', Rule: 'Foreseeable plaintiffs' },
          { format: 'markdown' },
        );
        await add('e', 'basic', { Front: '<b onclick="x()">q</b><script>x</script>', Back: 'a' }, { format: 'html' });
        await add('f', 'basic', { Front: '' });
        await add('g', 'basic', { Nope: 'x' });
        await add('h', 'nothing', { Front: 'x' });
        await say('POST', '/api/v1/notes/types', {
          name: 'Vocabulary',
          kind: 'standard',
          fields: ['Word', 'Meaning'],
          templates: [{ name: 'Recall', front: '{{Meaning}}', back: '{{FrontSide}}<hr id=answer>{{Word}}' }],
        });
        await add('i', 'own', { Word: 'lex', Meaning: 'law' }, { note_type_id: 1, format: 'html' });
        await add('j', 'own', { Word: 'lex', Meaning: 'law' }, { note_type_id: 99 });
        await say('GET', '/api/v1/notes/types');
        await say('GET', '/api/v1/notes/?deck_id=1&limit=2');
        await say('GET', '/api/v1/notes/?tag=mbe');
        await say('GET', '/api/v1/tags/');
        await say('GET', '/api/v1/tags/?deck_id=1');
        await say('GET', '/api/v1/cards/?deck_id=1');
        await say('GET', '/api/v1/study/session/1');
        await say('PUT', '/api/v1/notes/3', { fields: fields({ Rule: 'Negligence', Elements: 'Breach\nDuty owed\nHarm' }) });
        await say('POST', '/api/v1/notes/preview', { deck_id: 1, type: 'basic', fields: fields({ Front: ' duty?', Back: 'x' }) });
        await say('DELETE', '/api/v1/notes/2');
        await say('GET', '/api/v1/notes/2');
        await say('GET', '/api/v1/notes/99999999999999999999');
        stories.set(target.name, answers);
        assert.deepEqual(answers, stories.values().next().value);
        assert.deepEqual(
          answers.map((answer) => answer.split(' ')[2]).join(' '),
          '201 201 201 201 201 422 422 422 201 201 422 200 200 200 200 200 200 200 200 200 204 404 404',
        );
        assert.match(answers[4] ?? '', /"fields":\[\{"name":"Front","value":"<b>q<\/b>"\}/);
        assert.match(answers.at(-4) ?? '', /"duplicate_notes":\[1\]/);
        assert.ok(app);
      }),
    );

    test(
      'a card keeps its history while its note is edited; a gap that is gone and comes back has its card again',
      onService(async ({ call }, token) => {
        const say = async (method: string, url: string, json?: unknown) =>
          (await call(method, url, { token, ...(json === undefined ? {} : { json }) })).body;
        const shown = (note: { cards: Shown[] }) => note.cards.map(({ id, ordinal, front }) => [id, ordinal, front]);
        const note = await say('POST', '/api/v1/notes/', {
          deck_id: 1,
          type: 'cloze',
          fields: fields({ Text: '{{c1::a}} {{c2::b}} {{c3::c}}' }),
        });
        const [first, second, third] = note.cards.map(({ id }: Shown) => id);
        await say('POST', `/api/v1/study/review/${second}`, { quality: 5 });
        const save = (Text: string) => say('PUT', `/api/v1/notes/${note.id}`, { fields: fields({ Text }) });
        assert.deepEqual(shown(await save('{{c1::a}} b {{c3::C}}')), [
          [first, 0, '[...] b C'],
          [third, 2, 'a b [...]'],
        ]);
        assert.equal((await call('GET', `/api/v1/cards/${second}`, { token })).status, 404);
        // A card a person deleted stays away; the one whose gap comes back has its review.
        assert.equal((await call('DELETE', `/api/v1/cards/${third}`, { token })).status, 204);
        assert.deepEqual(shown(await save('{{c1::a}} {{c2::b}} {{c3::C!}}')), [
          [first, 0, '[...] b C!'],
          [second, 1, 'a [...] C!'],
        ]);
        const due = await say('GET', '/api/v1/study/session/1');
        assert.deepEqual(
          due.map(({ id }: Shown) => id),
          [first],
        );
        // With its last card a note goes.
        await call('DELETE', `/api/v1/cards/${first}`, { token });
        assert.equal((await call('GET', `/api/v1/notes/${note.id}`, { token })).status, 200);
        await call('DELETE', `/api/v1/cards/${second}`, { token });
        assert.equal((await call('GET', `/api/v1/notes/${note.id}`, { token })).status, 404);
      }),
    );

    test(
      'clients that know no notes read and write cards as before, and change a note’s card where that can be meant',
      onService(async ({ call }, token) => {
        const say = async (method: string, url: string, json?: unknown) => {
          const { status, body } = await call(method, url, { token, ...(json === undefined ? {} : { json }) });
          return { status, body };
        };
        const plain = (await say('POST', '/api/v1/cards/', { deck_id: 1, front: 'q', back: 'a' })).body;
        assert.deepEqual([plain.front, plain.back, plain.note_id, plain.tags], ['q', 'a', null, []]);
        const note = (
          await say('POST', '/api/v1/notes/', {
            deck_id: 1,
            type: 'basic_reversed',
            fields: fields({ Front: 'lex', Back: 'law', Source: 'Cicero' }),
            tags: ['latin'],
          })
        ).body;
        const [forward, reversed] = note.cards.map(({ id }: Shown) => id);
        const changed = await say('PUT', `/api/v1/cards/${reversed}`, { front: 'statute', back: 'lex, legis\n\nSource: Cicero' });
        assert.deepEqual(
          [changed.status, changed.body.front, changed.body.back],
          [200, 'statute', 'lex, legis\n\nSource: Cicero'],
        );
        assert.deepEqual(
          (await say('GET', `/api/v1/notes/${note.id}`)).body.fields,
          fields({ Front: 'lex, legis', Back: 'statute', Source: 'Cicero' }),
        );
        const renamed = await say('PUT', `/api/v1/cards/${forward}`, { front: 'lex' });
        assert.deepEqual([renamed.status, renamed.body.front, renamed.body.back], [200, 'lex', 'statute\n\nSource: Cicero']);
        const cloze = (
          await say('POST', '/api/v1/notes/', { deck_id: 1, type: 'cloze', fields: fields({ Text: '{{c1::a}} b' }) })
        ).body;
        const refused = await say('PUT', `/api/v1/cards/${cloze.cards[0].id}`, { front: 'other' });
        assert.deepEqual([refused.status, refused.body.code], [409, 'FC_CARD_OF_NOTE']);
        assert.deepEqual((await say('GET', `/api/v1/notes/${cloze.id}`)).body.fields, cloze.fields);
      }),
    );

    test(
      'a card without a note becomes the first card of one, with its reviews',
      onService(async ({ call }, token) => {
        const card = (await call('POST', '/api/v1/cards/', { token, json: { deck_id: 1, front: 'q', back: 'a' } })).body;
        await call('POST', `/api/v1/study/review/${card.id}`, { token, json: { quality: 5 } });
        const json = {
          deck_id: 1,
          card_id: card.id,
          type: 'basic_reversed',
          fields: fields({ Front: 'q', Back: 'a' }),
          tags: ['t'],
        };
        const note = (await call('POST', '/api/v1/notes/', { token, json })).body;
        assert.equal(note.cards[0].id, card.id);
        assert.deepEqual(
          note.cards.map(({ front, tags }: { front: string; tags: string[] }) => [front, tags]),
          [
            ['q', ['t']],
            ['a', ['t']],
          ],
        );
        const due = (await call('GET', '/api/v1/study/session/1', { token })).body;
        assert.deepEqual(
          due.map(({ id }: Shown) => id),
          [note.cards[1].id],
        );
        assert.equal((await call('POST', '/api/v1/notes/', { token, json })).status, 422);
      }),
    );

    test(
      'a change that would overwrite another is refused',
      onService(async ({ call }, token) => {
        const json = { deck_id: 1, type: 'basic', fields: fields({ Front: 'q', Back: 'a' }) };
        const note = (await call('POST', '/api/v1/notes/', { token, json })).body;
        const save = (Back: string) =>
          call('PUT', `/api/v1/notes/${note.id}`, {
            token,
            json: { fields: fields({ Front: 'q', Back }), updated_at: note.updated_at },
          });
        assert.equal((await save('first')).status, 200);
        const second = await save('second');
        assert.deepEqual([second.status, second.body.code], [409, 'FC_CHANGED_MEANWHILE']);
        assert.equal((await call('GET', `/api/v1/notes/${note.id}`, { token })).body.cards[0].back, 'first');
      }),
    );

    test(
      'a note goes to another deck until somebody has studied it: its reviews are counted where they were made',
      onService(async ({ call }, token) => {
        const say = (method: string, url: string, json: object) => call(method, `/api/v1/${url}`, { token, json });
        const other = (await say('POST', 'decks/', { name: 'Other' })).body.id;
        const note = (await say('POST', 'notes/', { deck_id: 1, type: 'basic', fields: fields({ Front: 'q', Back: 'a' }) })).body;
        const moved = await say('PUT', `notes/${note.id}`, { deck_id: other });
        assert.deepEqual([moved.status, moved.body.cards[0].deck_id], [200, other]);
        assert.equal((await say('POST', `study/review/${note.cards[0].id}`, { grade: 3 })).status, 200);
        const refused = await say('PUT', `notes/${note.id}`, { deck_id: 1 });
        assert.deepEqual([refused.status, refused.body.code], [409, 'FC_CONFLICT'], refused.text);
      }),
    );

    test(
      'a thousand notes are made in one unit of work, each with its own cards and tags, and a deleted deck takes them along',
      onService(async ({ call, database, clock }, token) => {
        const made = await database.write(async (session) => {
          const user = await findUser(session, { username: 'anna' });
          const notes = Array.from({ length: 1000 }, (_, index) => ({
            type: index % 2 === 0 ? 'basic' : 'cloze',
            note_type_id: null,
            format: 'html' as const,
            fields: new Map(
              Object.entries(index % 2 === 0 ? { Front: `q${index}`, Back: 'a' } : { Text: `{{c1::${index}}} {{c2::x}}` }),
            ),
            tags: [`t${index % 7}`],
            guid: `g${index}`,
          }));
          return createNotes(session, user as NonNullable<typeof user>, 1n, notes);
        });
        for (const [index, { guid, cards, tags }] of made.entries()) {
          assert.equal(guid, `g${index}`);
          assert.deepEqual(tags, [`t${index % 7}`]);
          assert.deepEqual(
            cards.map(({ note_id, front }) => [note_id, front]),
            (index % 2 === 0 ? [`q${index}`] : ['[...] x', `${index} [...]`]).map((front) => [made[index]?.id, front]),
          );
        }
        assert.equal((await call('GET', '/api/v1/decks/1', { token })).body.card_count, 1500);
        await call('DELETE', '/api/v1/decks/1', { token });
        assert.deepEqual((await call('GET', '/api/v1/tags/', { token })).body, []);
        clock.advance(31 * 86_400);
        assert.deepEqual(await tidy(database), {
          cards: 1500,
          notes: 1000,
          decks: 1,
          recounted: 0,
          searchable: 0,
          listed: 0,
          months: 0,
        });
      }),
    );
  });
}
