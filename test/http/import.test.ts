import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkSearch } from '../../src/services/search-upkeep.ts';
import { type Service, startService } from '../conformance/client.ts';
import { engines } from '../support/database.ts';

for (const target of engines()) {
  describe(`importing a text on ${target.name}`, { skip: target.skip }, () => {
    const withDeck = (work: (ask: Ask, service: Service) => Promise<void>) => async () => {
      const place = await target.withTables();
      const service = await startService(place);
      try {
        const token = await service.signUp('anna');
        const deck = await service.call('POST', '/api/v1/decks/', { token, json: { name: 'Torts' } });
        const url = `/api/v1/decks/${deck.body.id}/import`;
        const cards = async () => {
          const answer = await service.call('GET', `/api/v1/cards/?deck_id=${deck.body.id}`, { token });
          return (answer.body as { front: string; back: string }[]).map(({ front, back }) => [front, back]);
        };
        const notes = async () => {
          const answer = await service.call('GET', `/api/v1/notes/?deck_id=${deck.body.id}`, { token });
          return (answer.body as { type: string; fields: { name: string; value: string }[]; tags: string[] }[]).map(
            ({ type, fields, tags }) => [type, fields.find(({ name }) => name === 'Back')?.value, tags],
          );
        };
        const post = (path: string) => (json: object) => service.call('POST', url + path, { token, json });
        await work({ preview: post('/preview'), run: post(''), cards, notes }, service);
        const search = await checkSearch(service.database);
        assert.deepEqual([search.wrong, search.dead, search.damage], [0, 0, null]);
      } finally {
        await service.close();
        await place.drop();
      }
    };
    interface Ask {
      preview(json: object): ReturnType<Service['call']>;
      run(json: object): ReturnType<Service['call']>;
      cards(): Promise<string[][]>;
      notes(): Promise<unknown[][]>;
    }

    test(
      'a preview says how it was read and what would happen, and changes nothing; the import does exactly that',
      withDeck(async ({ preview, run, cards }) => {
        const text = 'Front,Back,Tags\nDuty?,"Owed, to all",t\nBreach?,\nCause?,But for\n';
        const { body } = await preview({ text });
        assert.deepEqual(body, {
          format: 'delimited',
          separator: ',',
          row_separator: '\n',
          has_header: true,
          columns: ['Front', 'Back', 'Tags'],
          front_column: 1,
          back_column: 2,
          added: 2,
          updated: 0,
          skipped: 0,
          samples: [
            { front: 'Duty?', back: 'Owed, to all', action: 'add' },
            { front: 'Cause?', back: 'But for', action: 'add' },
          ],
          problems: [{ line: 3, what: 'The back is empty.' }],
          problem_count: 1,
          left_out: [],
        });
        assert.deepEqual(await cards(), []);
        const done = await run({ text });
        assert.deepEqual([done.status, done.body], [200, body]);
        assert.deepEqual(await cards(), [
          ['Duty?', 'Owed, to all'],
          ['Cause?', 'But for'],
        ]);
      }),
    );

    test(
      'fronts that the deck has are left, updated or kept twice, as chosen; sent again, nothing doubles',
      withDeck(async ({ preview, run, cards }) => {
        await run({ text: 'a\told\nb\tsame\n' });
        const text = 'a\tnew\nb\tsame\nc\tone\n c \ttwo\n';
        const counts = async (duplicates: string) => {
          const { added, updated, skipped } = (await preview({ text, duplicates })).body;
          return [added, updated, skipped];
        };
        assert.deepEqual(await counts('skip'), [1, 0, 3]);
        assert.deepEqual(await counts('update'), [1, 1, 2]);
        assert.deepEqual(await counts('keep'), [4, 0, 0]);
        await run({ text, duplicates: 'update' });
        const after = [
          ['a', 'new'],
          ['b', 'same'],
          ['c', 'two'],
        ];
        assert.deepEqual(await cards(), after);
        assert.equal((await run({ text: 'a\tx\nb\ty\n' })).body.skipped, 2);
        assert.deepEqual(await cards(), after);
        await run({ text: 'a\tagain', duplicates: 'keep' });
        assert.equal((await cards()).length, 4);
      }),
    );

    test(
      'tags are kept: such cards are notes, and take new backs and more tags',
      withDeck(async ({ preview, run, cards, notes }) => {
        await run({ text: 'Front,Back,Tags\nDuty?,Owed,torts duty\nErie?,State law,\n' });
        const text = 'Front,Back,Tags\nDuty?,Owed to all,exam\nErie?,State law,x\n';
        assert.equal((await preview({ text, duplicates: 'update' })).body.updated, 2);
        assert.equal((await run({ text, duplicates: 'update' })).body.updated, 2);
        const same = (await run({ text: 'Front,Back,Tags\nErie?,State law,X\n', duplicates: 'update' })).body;
        assert.deepEqual([same.updated, same.skipped], [0, 1], 'a tag is the same in capitals');
        assert.deepEqual(await cards(), [
          ['Duty?', 'Owed to all'],
          ['Erie?', 'State law'],
        ]);
        assert.deepEqual(await notes(), [
          ['basic', 'Owed to all', ['duty', 'exam', 'torts']],
          ['basic', 'State law', ['x']],
        ]);
        assert.equal((await run({ text })).body.skipped, 2);
      }),
    );

    test(
      'tags that cannot be kept are told: of cards without a note, and more than a note may have',
      withDeck(async ({ preview, run, notes, cards }) => {
        await run({ text: 'plain\told\n' });
        const some = (letter: string) => Array.from({ length: 60 }, (_, index) => `${letter}${index}`).join(' ');
        await run({ text: `Front,Back,Tags\nfull,old,${some('a')}\nother,old,t\n` });
        const text = `Front,Back,Tags\nplain,new,x y\nfull,new,${some('b')}\nother,old,u\nother,old,v\n`;
        const dry = (await preview({ text, duplicates: 'update' })).body;
        const { body } = await run({ text, duplicates: 'update' });
        assert.deepEqual(body, dry);
        assert.deepEqual([body.added, body.updated, body.skipped], [0, 2, 0]);
        assert.deepEqual(body.problems, [{ line: 3, what: 'It has more than 100 tags, with those that the card has already.' }]);
        assert.deepEqual(body.left_out, ['Cards that the deck has without a note keep no tags; the text has some for 1.']);
        assert.deepEqual(await cards(), [
          ['plain', 'new'],
          ['full', 'old'],
          ['other', 'old'],
        ]);
        assert.deepEqual((await notes())[1], ['basic', 'old', ['t', 'u', 'v']]);
      }),
    );

    test(
      'a long text is read in a thread of its own, and gives what it says',
      withDeck(async ({ preview, run, cards }) => {
        const text = Array.from({ length: 4000 }, (_, index) => `Question ${index}\t${'word '.repeat(20)}\t`).join('\n');
        assert.ok(text.length > 400_000);
        assert.equal((await preview({ text })).body.added, 4000);
        assert.equal((await run({ text })).body.added, 4000);
        assert.ok((await cards()).length > 0);
        const noCard = await run({ text: 'x'.repeat(100_000) });
        assert.deepEqual([noCard.status, noCard.body.code], [400, 'FC_IMPORT_UNREADABLE']);
      }),
    );

    test(
      'what cannot be a card is named by its line; a text without any is refused, and too many at once',
      withDeck(async ({ preview, run, cards }) => {
        const text = `${'x'.repeat(2001)}\ta\nb\t${'y'.repeat(5001)}\n${'😀'.repeat(2000)}\tfits\n`;
        const { body } = await preview({ text });
        assert.deepEqual(body.problems, [
          { line: 1, what: 'The front is longer than 2000 characters.' },
          { line: 2, what: 'The back is longer than 5000 characters.' },
        ]);
        assert.equal(body.added, 1);
        const empty = await run({ text: 'nothing here\n' });
        assert.deepEqual([empty.status, empty.body.code], [400, 'FC_IMPORT_UNREADABLE']);
        const many = await run({ text: Array.from({ length: 20_001 }, (_, index) => `q${index}\ta`).join('\n') });
        assert.deepEqual([many.status, many.body.code], [413, 'FC_IMPORT_TOO_LARGE']);
        assert.equal((await run({ text: 'x'.repeat(9_000_000) })).status, 413);
        assert.equal((await run({ text: 'a\u0000\tb' })).status, 422);
        assert.deepEqual(await cards(), []);
        const rows = Array.from({ length: 3000 }, (_, index) => `q${index}\ta`).join('\n');
        assert.equal((await run({ text: rows })).body.added, 3000);
      }),
    );
  });
}
