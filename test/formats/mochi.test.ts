import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { FlashcaseError } from '../../src/errors/index.ts';
import { readEdn } from '../../src/formats/mochi/edn.ts';
import { filled, sidesOf, withGaps, withMedia, withoutGaps } from '../../src/formats/mochi/markdown.ts';
import { openMochi } from '../../src/formats/mochi/read-apart.ts';
import { readTransit } from '../../src/formats/mochi/transit.ts';
import { Instant, type Value } from '../../src/formats/mochi/value.ts';
import { openCollection } from '../../src/formats/open-file.ts';
import { LIMITS } from '../../src/formats/zip/limits.ts';
import { edn, FORMS, type Given, isList, keyword, map, mochiFile, packed, set, verbose } from './make-mochi.ts';
import { makeZip, type ZipFile } from './make-zip.ts';
import { allOf, inWorkplace, refusalOf, type Workplace } from './workplace.ts';

/** What readers give for a value: sets are lists, keywords texts. */
function read(value: Given): Value {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Date) return new Instant(value.getTime());
  if (isList(value)) return value.map(read);
  if ('keyword' in value) return value.keyword;
  if ('set' in value) return value.set.map(read);
  return new Map(Object.entries(value.map).map(([name, one]) => [name, read(one)]));
}

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,9}\??$/);
const any = fc.letrec<{ value: Given }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, false),
    fc.integer(),
    fc.integer({ min: -1_000_000, max: 1_000_000 }).map((number) => number / 64),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.constantFrom('~a', '^0', '`x', '"\\', 'a\nb', '~~', '^ '),
    fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }),
    word.map(keyword),
    fc.array(tie('value'), { maxLength: 4 }).map((values) => set(...values)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(word, tie('value'), { maxKeys: 4, noNullPrototype: true }).map(map),
  ),
})).value;

/** Everything a reader throws has a code of FlashCase. */
function isRefused(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof FlashcaseError, String(error));
    assert.match(error.code, /^FC_IMPORT_/);
  }
}

describe('EDN and Transit', () => {
  test('any value comes back from EDN, from verbose and from packed Transit', () => {
    fc.assert(
      fc.property(any, (value) => {
        assert.deepEqual(readEdn(edn(value)), read(value));
        assert.deepEqual(readTransit(JSON.stringify(verbose(value))), read(value));
        assert.deepEqual(readTransit(JSON.stringify(packed(value))), read(value));
      }),
    );
  });

  test('names that are written by their place are known beyond the first that fit', () => {
    const names = Array.from({ length: 3000 }, (_, index) => `name-${index}`);
    const value = [...names, ...names.slice(2500), ...names].map(keyword);
    assert.deepEqual(readTransit(JSON.stringify(packed(value))), read(value));
  });

  test('what only EDN has: comments, words that are taken away, characters, names of its own, numbers of any size', () => {
    const text = `; a file
      #:card{:a, 1 :b #_#_ gone {:gone 2} (1N 2.50M -3e2) :c [\\a \\newline \\( ##NaN #uuid "x" symbol/of +7]}`;
    assert.deepEqual(
      readEdn(text),
      new Map<string, Value>([
        ['a', 1],
        ['b', [1, 2.5, -300]],
        ['c', ['a', '\n', '(', null, 'x', 'symbol/of', 7]],
      ]),
    );
    assert.deepEqual(readEdn('"\\u00e9\\t"'), 'é\t');
  });

  test('nothing but a refusal of FlashCase is thrown, whatever the data are', () => {
    fc.assert(
      fc.property(any, fc.nat(), fc.string({ maxLength: 4 }), (value, at, noise) => {
        const broken = (text: string): string => `${text.slice(0, at % (text.length + 1))}${noise}${text.slice(at % 97)}`;
        isRefused(() => readEdn(broken(edn(value))));
        isRefused(() => readTransit(broken(JSON.stringify(packed(value)))));
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.stringMatching(/^[#_{}()[\]:"\\~^ ,a0]{0,40}$/), (text) => {
        isRefused(() => readEdn(text));
        isRefused(() => readTransit(text));
      }),
      { numRuns: 500 },
    );
    fc.assert(fc.property(fc.json(), (text) => isRefused(() => readTransit(text))));
  });

  test('data that lie too deep, or are too many, are refused before they are made', () => {
    const codeOf = (work: () => unknown): string => {
      try {
        work();
      } catch (error) {
        return error instanceof FlashcaseError ? error.code : String(error);
      }
      return 'not refused';
    };
    const DEEP = 1_000_000;
    for (const opening of ['[', '{', '(', '#{', '#_', '#a ', '{:a ', '[[']) {
      assert.match(
        codeOf(() => readEdn(opening.repeat(DEEP))),
        /^FC_IMPORT_(UNSAFE|UNREADABLE)$/,
        opening,
      );
    }
    assert.equal(
      codeOf(() => readEdn('['.repeat(70) + ']'.repeat(70))),
      'FC_IMPORT_UNSAFE',
    );
    assert.equal(
      codeOf(() => readTransit('['.repeat(70) + ']'.repeat(70))),
      'FC_IMPORT_UNSAFE',
    );
    assert.equal(
      codeOf(() => readTransit('{"a":'.repeat(DEEP))),
      'FC_IMPORT_UNSAFE',
    );
    const many = `[${'0,'.repeat(4_000_001)}0]`;
    assert.equal(
      codeOf(() => readEdn(many)),
      'FC_IMPORT_TOO_LARGE',
    );
    assert.equal(
      codeOf(() => readTransit(many)),
      'FC_IMPORT_TOO_LARGE',
    );
    // A number of any length is only a number.
    assert.equal(readEdn('9'.repeat(1_000_000)), Number.POSITIVE_INFINITY);
    assert.equal(
      codeOf(() => readTransit('["^5"]')),
      'FC_IMPORT_UNREADABLE',
    );
  });
});

describe('Mochi’s Markdown', () => {
  test('lines of three dashes part sides, unless they stand in code', () => {
    assert.deepEqual(sidesOf('a\n---\nb\n\n---  \n\nc'), ['a', 'b', 'c']);
    assert.deepEqual(sidesOf('---\na\n----\nb\n- --\n---\n'), ['a\n----\nb\n- --']);
    assert.deepEqual(sidesOf('a\n```yaml\n---\n```\n---\nb'), ['a\n```yaml\n---\n```', 'b']);
  });

  test('gaps keep their numbers, those without one are each their own; code and formulas keep their brackets', () => {
    assert.deepEqual(withGaps('{{2::Duty}} and {{breach}}, {{harm}}'), {
      text: '{{c2::Duty}} and {{c1::breach}}, {{c3::harm}}',
      numbers: [1, 2, 3],
    });
    assert.deepEqual(withGaps('{{1::a}} {{1::b}} {{900::c}}').numbers, [1]);
    assert.equal(withGaps('{{std::vector}}').text, '{{c1::std:&#58;vector}}');
    assert.deepEqual(withGaps('`{{x}}` and $$\\frac{{a}}{b}$$\n```\n{{y}}\n```'), {
      text: '`{{x}}` and \\(\\frac{{a}}{b}\\)\n```\n{{y}}\n```',
      numbers: [],
    });
    assert.equal(withGaps('$$x$$').text, '\\[x\\]');
    assert.deepEqual(withGaps('{{the $$x$$ and `y`}}'), { text: '{{c1::the \\(x\\) and `y`}}', numbers: [1] });
    assert.equal(withoutGaps('{{1::a}} {{b}} `{{c}}`'), 'a b `{{c}}`');
  });

  test('fields stand where a template names them, and files where a text shows them', () => {
    const fieldOf = (name: string): string | undefined => ({ Word: 'duty' })[name];
    assert.equal(filled('<< Word >>, <<Word>>: <<other>>', fieldOf, 100), 'duty, duty: <<other>>');
    assert.equal(
      filled('<<Word>>'.repeat(10), () => 'x'.repeat(20), 100),
      undefined,
    );
    const shown: string[] = [];
    const text = withMedia(
      '![](@media/a%20b.png) ![Alt](<c.png> "title") ![](https://x.org/y.png) <img src="@media/d.png" width=3>',
      ({ name, alt }) => {
        shown.push(name);
        return name === 'd.png' ? undefined : `[${alt}${name}]`;
      },
    );
    assert.deepEqual(shown, ['a b.png', 'c.png', 'd.png']);
    assert.equal(text, '[a b.png] [Altc.png] ![](https://x.org/y.png) <img src="@media/d.png" width=3>');
  });

  test('every text is read in a time that grows with its length', () => {
    // Each would take hours if one character more doubled or squared the work.
    for (const piece of ['{{', '![', '`a ``b ', '$$', '<<', '~~~\n', '---\n', '<img src=" ', '{{1::', '![](']) {
      const text = piece.repeat(60_000 / piece.length);
      for (const side of sidesOf(text)) withGaps(withMedia(side, () => undefined));
      withoutGaps(text);
      filled(text, () => undefined, 100_000);
    }
  });
});

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const when = (day: string): Date => new Date(`${day}T08:00:00Z`);

/** A collection with everything that is known of the format. */
const DATA = map({
  version: 2,
  templates: [
    map({
      id: keyword('tpl'),
      name: 'Vocabulary',
      content: '# << Word >>\n---\n<< meaning >> <<unknown>>',
      fields: map({
        name: map({ id: keyword('name'), name: 'Word' }),
        f2: map({ id: keyword('f2'), name: 'Meaning' }),
      }),
    }),
  ],
  decks: [
    map({
      id: keyword('child'),
      name: 'Torts',
      'parent-id': keyword('root'),
      cards: [
        map({ id: keyword('c2'), pos: 'b', content: 'Duty?\n---\nOwed to **all**', 'review-reverse?': true }),
        map({
          id: keyword('c1'),
          pos: 'a',
          content: '{{1::Duty}}, {{breach}} ![](@media/bild.png)\n---\nNegligence {{x}}\n---\nmore',
          tags: set('torts', 'exam/mbe'),
          'created-at': when('2024-01-02'),
          'updated-at': when('2024-01-03'),
          reviews: [map({ date: when('2024-01-04'), 'remembered?': true, interval: 1 })],
        }),
        map({ id: keyword('c3'), pos: 'c', content: 'gone', 'trashed?': when('2024-01-05') }),
        map({ id: keyword('c4'), pos: 'd', content: '  \n---\n ' }),
      ],
    }),
    map({
      id: keyword('root'),
      name: 'Law',
      cards: [
        map({
          name: 'Word',
          'template-id': keyword('tpl'),
          'archived?': true,
          fields: map({
            name: map({ id: keyword('name'), value: 'tort' }),
            f2: map({ id: keyword('f2'), value: 'a wrong ![](gone.png)' }),
          }),
        }),
        map({ content: '', fields: map({ name: map({ value: 'alone' }), z: map({ value: 'with $$x^2$$' }) }) }),
      ],
    }),
    map({ id: keyword('bin'), name: 'Bin', 'trashed?': true, cards: [map({ content: 'q' })] }),
  ],
});

for (const [form, fileOf] of Object.entries(FORMS)) {
  test(`a file of Mochi in ${form}: decks, sides, gaps, templates, tags and pictures, and what is left out is counted`, () =>
    inWorkplace(async (place) => {
      const media = [
        { name: 'media/bild.png', data: PNG },
        { name: 'unused.png', data: PNG },
        { name: '__MACOSX/x', data: 'x' },
        { name: 'media/', data: '' },
      ];
      const found = await allOf(await openCollection(place.write('x.mochi', mochiFile(fileOf(DATA), media))));
      assert.equal(found.format, form === 'EDN' ? 'Mochi (EDN)' : 'Mochi (Transit)');
      assert.deepEqual(
        found.decks.map(({ path }) => path),
        [['Law', 'Torts'], ['Law']],
      );
      const typeOf = new Map(found.noteTypes.map(({ key, builtIn }) => [key, builtIn]));
      const hash = found.media.has('bild.png') ? '[0-9a-f]{64}' : 'none';
      assert.deepEqual(
        found.notes.map(({ noteType, format, fields, tags }) => [
          typeOf.get(noteType),
          format,
          ...fields.map((text) => text.replace(new RegExp(`/api/v1/media/${hash}`), 'ADDRESS')),
          ...tags,
        ]),
        [
          [
            ...['cloze', 'markdown', '{{c1::Duty}}, {{c2::breach}} ![bild.png](ADDRESS)'],
            ...['Negligence x\n\n---\n\nmore', '', 'torts', 'exam/mbe'],
          ],
          ['basic_reversed', 'markdown', 'Duty?', 'Owed to **all**', ''],
          ['basic', 'markdown', '# tort', 'a wrong ![](gone.png) <<unknown>>', ''],
          ['basic', 'markdown', 'alone', 'with \\(x^2\\)', ''],
        ],
      );
      assert.deepEqual(
        found.cards.map(({ note, ordinal, deck, stage, isSuspended }) => [note, ordinal, deck, stage, isSuspended]),
        [
          [0, 0, 0, 'new', false],
          [0, 1, 0, 'new', false],
          [1, 0, 0, 'new', false],
          [1, 1, 0, 'new', false],
          [2, 0, 1, 'new', true],
          [3, 0, 1, 'new', false],
        ],
      );
      assert.equal(found.notes[0]?.createdAt, when('2024-01-02').getTime());
      assert.equal(found.notes[0]?.modifiedAt, when('2024-01-03').getTime());
      assert.deepEqual(found.reviews, []);
      assert.deepEqual([...found.media.keys()], ['bild.png', 'unused.png']);
      assert.deepEqual(found.problems, {
        mochi_trashed: 1,
        mochi_reviews: 1,
        mochi_sides: 1,
        mochi_empty: 1,
        media_missing: 1,
      });
    }));
}

describe('a file of Mochi that means harm or is broken is refused', () => {
  const refusal = ({ write }: Workplace, files: readonly ZipFile[]): Promise<string> =>
    refusalOf(async () => allOf(await openCollection(write('hostile.mochi', makeZip(files)))));
  const decks = (...all: Given[]): ZipFile => FORMS.EDN(map({ version: 2, decks: all }));
  const deck = (id: string, parent: string): Given => map({ id, name: id, 'parent-id': parent, cards: [] });

  test('circles of decks, a newer version, data that are none, names that lead out, a bomb', () =>
    inWorkplace(async (place) => {
      assert.equal(await refusal(place, [decks(deck('a', 'a'))]), 'FC_IMPORT_UNREADABLE');
      assert.equal(await refusal(place, [decks(deck('a', 'b'), deck('b', 'c'), deck('c', 'a'))]), 'FC_IMPORT_UNREADABLE');
      const chain = Array.from({ length: 200 }, (_, index) => deck(`d${index}`, `d${index + 1}`));
      assert.equal(await refusal(place, [decks(...chain)]), 'FC_IMPORT_UNREADABLE');
      assert.equal(await refusal(place, [FORMS.Transit(map({ version: 3, decks: [] }))]), 'FC_IMPORT_TOO_NEW');
      for (const data of ['', '{', '[]', 'null', '{"~:decks": 7}', '\xff']) {
        assert.equal(await refusal(place, [{ name: 'data.json', data: Buffer.from(data, 'latin1') }]), 'FC_IMPORT_UNREADABLE');
      }
      const good = decks(map({ name: 'a', cards: [map({ content: '![](@media/a.png)' })] }));
      for (const name of ['../evil', 'media/../../evil', '/etc/passwd']) {
        assert.equal(await refusal(place, [good, { name, data: 'x' }]), 'FC_IMPORT_UNSAFE', name);
      }
      assert.equal(await refusal(place, [good, good]), 'FC_IMPORT_UNSAFE');
      const spaces = { name: 'data.edn', data: Buffer.alloc(17 * 1024 * 1024, ' '), isDeflated: true };
      assert.equal(await refusal(place, [spaces]), 'FC_IMPORT_TOO_LARGE');
      const lying = { name: 'media/a.png', data: Buffer.alloc(100_000), isDeflated: true, saysBytes: 10 };
      assert.equal(await refusal(place, [good, lying]), 'FC_IMPORT_UNREADABLE');
    }));

  test('data that take more memory than their thread may have', () =>
    inWorkplace(async ({ write }) => {
      const data = `{:decks [{:name "a" :cards []}] :more [${'{} '.repeat(1_000_000)}]}`;
      const file = write('many.mochi', makeZip([{ name: 'data.edn', data, isDeflated: true }]));
      assert.equal(await refusalOf(async () => allOf(await openMochi(file, LIMITS, 24))), 'FC_IMPORT_TOO_LARGE');
      assert.equal(await refusalOf(async () => allOf(await openMochi(file, LIMITS))), 'not refused');
    }));

  test('a template that grows on every card', () =>
    inWorkplace(async (place) => {
      const template = map({ id: 't', content: 'x'.repeat(50_000), fields: map({}) });
      const card = map({ 'template-id': 't', fields: map({ a: map({ value: '' }) }) });
      const file = (count: number): ZipFile =>
        FORMS.EDN(map({ decks: [map({ name: 'a', cards: Array(count).fill(card) })], templates: [template] }));
      assert.equal(await refusal(place, [file(10)]), 'not refused');
      assert.equal(await refusal(place, [file(1400)]), 'FC_IMPORT_TOO_LARGE');
    }));

  test('times that no date has, and times to come, are those of the file', () =>
    inWorkplace(async ({ write }) => {
      const times = [8.7e15, -5, 4e12, Number.MAX_SAFE_INTEGER];
      const text = `{:decks [{:name "a" :cards [${times.map((ms) => `{:content "q" :created-at #dt ${ms}}`).join('')}
        {:content "q" :created-at #inst "never" :updated-at "x"}]}]}`;
      const before = Date.now() - 60_000;
      const { notes } = await allOf(await openCollection(write('t.mochi', makeZip([{ name: 'data.edn', data: text }]))));
      assert.equal(notes.length, 5);
      for (const note of notes) assert.ok(note.createdAt >= before && note.createdAt <= Date.now() + 60_000);
    }));
});
