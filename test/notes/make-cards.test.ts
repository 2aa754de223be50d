import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { followElements, type KnownElement } from '../../src/notes/elements.ts';
import { makeCards, NOTE_FORMATS, type Note, type NoteFormat } from '../../src/notes/make-cards.ts';
import { builtInTypes, type NoteType } from '../../src/notes/note-types.ts';
import { cleanTags } from '../../src/notes/tags.ts';

const note = (type: NoteType, fields: Record<string, string>, format: NoteFormat = 'text', more: Partial<Note> = {}): Note => ({
  type,
  format,
  fields: new Map(Object.entries(fields)),
  tags: ['torts', 'mbe'],
  deck: 'Bar::Torts',
  ...more,
});
const faces = (made: Note) => makeCards(made).cards.map(({ ordinal, front, back }) => [ordinal, front, back]);
const own = (templates: NoteType['templates'], kind: NoteType['kind'] = 'standard'): NoteType => ({
  key: 'own',
  name: 'Own',
  kind,
  syntax: 'html',
  fields: ['Front', 'Back', 'Hint'],
  templates,
});

test('each of FlashCase’s own types makes its cards', () => {
  const { basic, basic_reversed, typed, cloze, rule_elements, case: theCase } = builtInTypes;
  assert.deepEqual(faces(note(basic, { Front: ' q ', Back: 'a' })), [[0, 'q', 'a']]);
  assert.deepEqual(faces(note(basic, { Front: 'q', Back: 'a', Source: 'UCC 2-207' })), [[0, 'q', 'a\n\nSource: UCC 2-207']]);
  assert.deepEqual(faces(note(basic, { Front: '', Back: 'a' })), []);
  assert.deepEqual(faces(note(basic_reversed, { Front: 'q', Back: 'a' })), [
    [0, 'q', 'a'],
    [1, 'a', 'q'],
  ]);
  const [typedCard] = makeCards(note(typed, { Front: 'q', Back: 'the answer' })).cards;
  assert.deepEqual([typedCard?.front, typedCard?.back, typedCard?.answer], ['q', 'the answer', 'the answer']);
  assert.deepEqual(faces(note(cloze, { Text: '{{c1::Duty}} and {{c3::breach::B}}' })), [
    [0, '[...] and breach', 'Duty and breach'],
    [2, 'Duty and [B]', 'Duty and breach'],
  ]);
  const [gap] = makeCards(note(cloze, { Text: '1 < {{c1::2}}' })).cards;
  assert.deepEqual(
    [gap?.frontHtml, gap?.backHtml],
    ['1 &lt; <span class="cloze">[...]</span>', '1 &lt; <span class="cloze">2</span>'],
  );
  assert.deepEqual(faces(note(rule_elements, { Rule: 'Negligence', Elements: '1. Duty\n2. Breach\n', Mnemonic: 'DB' })), [
    [0, 'Negligence\n\nList all 2 elements.', '1. Duty\n2. Breach\n\nMnemonic: DB'],
    [1, 'Negligence\n\n1. [...]\n2. Breach', '1. Duty\n\nMnemonic: DB'],
    [2, 'Negligence\n\n1. Duty\n2. [...]', '2. Breach\n\nMnemonic: DB'],
  ]);
  assert.deepEqual(faces(note(theCase, { Name: 'Palsgraf', Cite: '248 N.Y. 339', Holding: 'No duty.', Issue: '' })), [
    [2, 'Palsgraf, 248 N.Y. 339\n\nWhat did the court hold?', 'No duty.'],
  ]);
});

test('a note that makes no card says why', () => {
  const { basic, cloze, rule_elements } = builtInTypes;
  assert.match(makeCards(note(basic, {})).problems.join(), /Nothing stands on the front/);
  assert.match(makeCards(note(cloze, { Text: 'no gap' })).problems.join(), /write \{\{c1::a word\}\}/);
  assert.match(makeCards(note(rule_elements, { Rule: 'r' })).problems.join(), /each on a line of its own/);
});

test('templates from elsewhere: sections, filters, special fields, comments, old delimiters', () => {
  const table: [front: string, back: string, front: string, back: string][] = [
    ['{{Front}}', '{{FrontSide}}<hr id=answer>{{Back}}', 'q', 'q<hr />a'],
    ['{{#Hint}}has{{/Hint}}{{^Hint}}none: {{Front}}{{/Hint}}', '{{Back}}', 'none: q', 'a'],
    ['{{text:Front}} {{Deck}} {{Subdeck}} {{Tags}} {{Type}} {{Card}}', 'x', 'q Bar::Torts Torts torts mbe Own Card', 'x'],
    ['<!-- {{Back}} -->{{Front}}', '{{hint:Back}}', 'q', '<details class="hint"><summary>Back</summary>a</details>'],
    ['{{=<% %>=}}<%Front%> {{Back}}', '{{=<% %>=}}<%Back%>', 'q {{Back}}', 'a'],
    ['{{Front}}<script>alert(1)</script>', '<img src=x onerror=alert(1)>{{Back}}', 'q', '<img src="x" />a'],
  ];
  for (const [front, back, madeFront, madeBack] of table) {
    const { cards, problems } = makeCards(note(own([{ name: 'Card', front, back }]), { Front: 'q', Back: 'a' }));
    assert.deepEqual([cards[0]?.frontHtml, cards[0]?.backHtml, problems], [madeFront, madeBack, []], front);
  }
  const odd = makeCards(
    note(own([{ name: 'C', front: '{{Front}}{{shout:Front}}{{#A}}{{/B}}{{Nope}}', back: '{{/x}}' }]), { Front: 'q', Back: 'a' }),
  );
  assert.equal(odd.cards[0]?.front, 'qq');
  assert.deepEqual(odd.problems, [
    'The section B ends without a beginning.',
    'The section A has no end.',
    'The filter shout is not known; its field is shown as it is.',
    'There is no field A.',
    'The section x ends without a beginning.',
  ]);
  const typed = own([{ name: 'C', front: '{{cloze:Front}}{{type:cloze:Front}}', back: '{{cloze:Front}}' }], 'cloze');
  const [card] = makeCards(note(typed, { Front: 'a {{c2::<b>b</b> &amp; c}}' }, 'html')).cards;
  assert.deepEqual([card?.ordinal, card?.front, card?.answer], [1, 'a [...]', 'b & c']);
});

test('cards in HTML have plain text beside it, for readers that know no HTML', () => {
  const [card] = makeCards(note(builtInTypes.basic, { Front: '**What** is _x_?', Back: '- a\n- b' }, 'markdown')).cards;
  assert.equal(card?.front, 'What is x?');
  assert.match(card?.frontHtml ?? '', /<strong>What<\/strong>/);
  assert.equal(card?.back, '- a\n- b');
});

test('a line keeps its card when it is moved, edited, or typed again after it was taken away', () => {
  let known: readonly KnownElement[] = [];
  const say = (...lines: string[]) => {
    known = followElements(known, lines);
    return known.filter(({ isGone }) => isGone !== true).map(({ ordinal, text }) => `${ordinal} ${text}`);
  };
  assert.deepEqual(say('duty', 'breach', 'damages'), ['1 duty', '2 breach', '3 damages']);
  assert.deepEqual(say('duty', 'breach', 'cause', 'damages'), ['1 duty', '2 breach', '4 cause', '3 damages']);
  assert.deepEqual(say('damages', 'duty', 'breach', 'cause'), ['3 damages', '1 duty', '2 breach', '4 cause']);
  assert.deepEqual(say('damages', 'duty owed', 'breach', 'cause'), ['3 damages', '1 duty owed', '2 breach', '4 cause']);
  assert.deepEqual(say('damages', 'breach', 'cause'), ['3 damages', '2 breach', '4 cause']);
  assert.deepEqual(say('damages', 'duty owed', 'breach', 'cause', 'harm'), [
    '3 damages',
    '1 duty owed',
    '2 breach',
    '4 cause',
    '5 harm',
  ]);
});

test('numbers of lines are given once, whatever is typed', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 8 });
  fc.assert(
    fc.property(fc.array(lines, { maxLength: 6 }), (versions) => {
      let known: readonly KnownElement[] = [];
      for (const version of versions) {
        known = followElements(known, version);
        assert.deepEqual(
          known.filter(({ isGone }) => isGone !== true).map(({ text }) => text),
          version,
        );
        assert.equal(new Set(known.map(({ ordinal }) => ordinal)).size, known.length);
        // Saved again without a change, nothing changes.
        assert.deepEqual(followElements(known, version), known);
      }
    }),
  );
});

test('whatever is typed into whatever template: no failure, no script, each card once, and the same again', () => {
  const piece = fc.constantFrom(
    ...['{{', '}}', '{{Front}}', '{{#Front}}', '{{/Front}}', '{{^Hint}}', '{{/Hint}}', '{{cloze:Front}}', '{{type:cloze:Back}}'],
    ...[
      '{{FrontSide}}',
      '{{hint:Back}}',
      '{{text:Back}}',
      '{{c1::',
      '{{c2::',
      '::',
      '<b>',
      '<script>x</script>',
      '<img src=x onerror=y>',
    ],
    ...['<svg onload=x>', 'a', '\n', '&', '<', '{{:}}', '{{#}}', '{{/}}', '{{__proto__}}', '{{=<% %>=}}', '<%Front%>'],
  );
  const wild = fc.array(piece, { maxLength: 20 }).map((parts) => parts.join(''));
  const types = fc.oneof(
    fc.constantFrom(...Object.values(builtInTypes)),
    fc.record({ front: wild, back: wild }).map((sides) => own([{ name: 'C', ...sides }])),
    fc.record({ front: wild, back: wild }).map((sides) => own([{ name: 'C', ...sides }], 'cloze')),
  );
  fc.assert(
    fc.property(
      types,
      fc.constantFrom(...NOTE_FORMATS),
      fc.array(wild, { minLength: 8, maxLength: 8 }),
      (type, format, values) => {
        const fields = Object.fromEntries(type.fields.map((name, index) => [name, values[index] ?? '']));
        const made = makeCards(note(type, fields, format));
        assert.equal(new Set(made.cards.map(({ ordinal }) => ordinal)).size, made.cards.length);
        for (const { frontHtml, backHtml } of made.cards) {
          for (const html of [frontHtml, backHtml])
            assert.doesNotMatch(html ?? '', /<(script|svg)\b|<[^>]*\son\w+\s*=/i, JSON.stringify({ type, format, fields }));
        }
        const again = makeCards(note(type, fields, format, { elements: made.elements ?? [] }));
        assert.deepEqual(again, made);
      },
    ),
  );
});

test('a template that repeats a long field is cut short and says so', () => {
  const type = own([{ name: 'C', front: '{{Front}}'.repeat(2000), back: '' }]);
  const { cards, problems } = makeCards(note(type, { Front: 'x'.repeat(20_000) }));
  assert.ok((cards[0]?.frontHtml?.length ?? 0) <= 100_000);
  assert.match(problems.join(), /longer than 100,000 characters/);
  const gaps = Array.from({ length: 200 }, (_, index) => `{{c${index + 1}::${'y'.repeat(80)}}}`).join(' ');
  const many = makeCards(note(builtInTypes.cloze, { Text: gaps }));
  assert.match(many.problems.join(), /longer than 2,000,000 characters together/);
});

test('tags are words, each once', () => {
  assert.deepEqual(cleanTags([' torts ', 'Torts', 'civ pro::venue', '', 'e\u0301', '\u00e9']), [
    'torts',
    'civ_pro::venue',
    '\u00e9',
  ]);
});
