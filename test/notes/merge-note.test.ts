import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mergeNote, type SharedNote, takenOf } from '../../src/notes/merge-note.ts';

const note = (fields: Record<string, string>, more: Partial<SharedNote> = {}): SharedNote => ({
  shape: 'basic text',
  fields: new Map(Object.entries(fields)),
  tags: [],
  elements: null,
  ...more,
});

const text = fc.constantFrom('', 'a', 'b', 'c');
const tags = fc.uniqueArray(fc.constantFrom('x', 'y', 'z'));
const anyNote = fc
  .record({ Front: text, Back: text, tags, shape: fc.constantFrom('basic text', 'cloze text') })
  .map(({ Front, Back, tags: some, shape }) => note({ Front, Back }, { tags: some, shape }));

test('an update never writes over a field that its subscriber changed, and never leaves one behind that they did not', () => {
  fc.assert(
    fc.property(anyNote, anyNote, anyNote, (base, yours, theirs) => {
      const merged = mergeNote(takenOf(base), yours, theirs);
      for (const [name, mine] of yours.fields) {
        const [before, their] = [base.fields.get(name) ?? '', theirs.fields.get(name) ?? ''];
        const after = merged.note.fields.get(name) ?? '';
        if (mine !== before) assert.equal(after, mine, `${name} was changed here`);
        else if (yours.shape === theirs.shape) assert.equal(after, their, `${name} was not changed here`);
        // What both changed to different things is told.
        const isConflict = yours.shape === theirs.shape && mine !== before && their !== before && mine !== their;
        assert.equal(
          merged.kept.some((pair) => pair.name === name),
          isConflict || (yours.shape !== theirs.shape && merged.kept.some((pair) => pair.name === name)),
        );
      }
      for (const tag of ['x', 'y', 'z']) {
        const [before, mine, their] = [base, yours, theirs].map((one) => one.tags.includes(tag));
        // Who changed it decides; where both did, both did the same.
        assert.equal(merged.note.tags.includes(tag), mine === before ? their : mine, tag);
      }
    }),
  );
});

test('taking the same version twice changes nothing, and what was taken counts as nobody’s edit', () => {
  fc.assert(
    fc.property(anyNote, anyNote, anyNote, (base, yours, theirs) => {
      const once = mergeNote(takenOf(base), yours, theirs);
      const twice = mergeNote(takenOf(theirs), once.note, theirs);
      assert.deepEqual([twice.changed, twice.kept, twice.tagsAdded, twice.tagsRemoved], [[], [], [], []]);
      assert.deepEqual(twice.note.fields, once.note.fields);
    }),
  );
});

test('a field that both changed is taken from the source where its subscriber says so, and only there', () => {
  const base = note({ Front: 'q', Back: 'a' });
  const yours = note({ Front: 'mine', Back: 'mine' });
  const theirs = note({ Front: 'theirs', Back: 'theirs' });
  const merged = mergeNote(takenOf(base), yours, theirs, new Set(['Back']));
  assert.deepEqual([...merged.note.fields.values()], ['mine', 'theirs']);
  assert.deepEqual(
    [merged.changed, merged.kept],
    [[{ name: 'Back', yours: 'mine', theirs: 'theirs' }], [{ name: 'Front', yours: 'mine', theirs: 'theirs' }]],
  );
});

test('another type of note is taken as a whole or not at all', () => {
  const base = note({ Front: 'q', Back: 'a' });
  const theirs = note({ Text: '{{c1::q}}' }, { shape: 'cloze text' });
  const unedited = mergeNote(takenOf(base), base, theirs);
  assert.deepEqual([unedited.takesShape, unedited.note.shape, unedited.note.fields], [true, 'cloze text', theirs.fields]);
  const edited = mergeNote(takenOf(base), note({ Front: 'q', Back: 'mine' }), theirs);
  assert.deepEqual(
    [edited.takesShape, edited.note.shape, [...edited.note.fields.values()]],
    [false, 'basic text', ['q', 'mine']],
  );
  assert.deepEqual(
    edited.kept.map(({ name }) => name),
    ['Text', 'Front', 'Back'],
  );
});

test('lines keep the cards that the source gives them, while both have counted them the same way', () => {
  const base = note({ Elements: 'a\nb' }, { elements: '[1]' });
  const theirs = note({ Elements: 'a\nb\nc' }, { elements: '[1,2]' });
  assert.equal(mergeNote(takenOf(base), base, theirs).note.elements, '[1,2]');
  const otherwise = note({ Elements: 'a\nb' }, { elements: '[7]' });
  assert.equal(mergeNote(takenOf(base), otherwise, theirs).note.elements, '[7]');
});
