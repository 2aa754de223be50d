import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { guessSeparator, parseDelimited } from '../../src/formats/text/delimited.ts';
import { decodeText, readText, TEXT_FORMATS, type TextSettings } from '../../src/formats/text/read-text.ts';

const sides = (text: string, settings?: TextSettings) => readText(text, settings).cards.map(({ front, back }) => [front, back]);
const formatOf = (text: string) => readText(text).format;

describe('rows of cells', () => {
  test('the separator is the one that parts most rows the same way', () => {
    assert.equal(guessSeparator('Duty?\tOwed, to all\nBreach?\tYes, no\n'), '\t');
    assert.equal(guessSeparator('a;b\nc;d, e\nf;g'), ';');
    assert.equal(guessSeparator('a|b\nc|d'), '|');
    assert.equal(guessSeparator('term,definition\nErie,"state law, federal procedure"\n'), ',');
    assert.equal(guessSeparator('only one\ncolumn here'), undefined);
    // Commas in sentences are no columns.
    assert.equal(guessSeparator('Well, then\tyes\nNo, never, not once\tno\nPerhaps\tso'), '\t');
  });

  test('quotes hold separators, line breaks and quotes; a quote without an end is a character', () => {
    const csv = 'q1,"a, b"\r\nq2,"line 1\nline ""2"""\r\nq3,c\r\n';
    assert.deepEqual(sides(csv), [
      ['q1', 'a, b'],
      ['q2', 'line 1\nline "2"'],
      ['q3', 'c'],
    ]);
    assert.deepEqual(
      readText(csv).cards.map((card) => card.line),
      [1, 2, 4],
    );
    const loose = readText('said\t"Hello\nother\tback\n');
    assert.deepEqual(
      loose.cards.map((card) => card.back),
      ['"Hello', 'back'],
    );
    assert.equal(loose.problems.length, 1);
  });

  test('a row of names is a header, and names say which column is which', () => {
    const reading = readText('Tags,Back,Front\ntorts,a1,q1\n');
    assert.deepEqual(reading.table, {
      separator: ',',
      rowSeparator: '\n',
      hasHeader: true,
      columns: ['Tags', 'Back', 'Front'],
      frontColumn: 3,
      backColumn: 2,
    });
    assert.deepEqual(reading.cards, [{ front: 'q1', back: 'a1', tags: ['torts'], line: 2 }]);
    assert.equal(readText('Front,Back\nq,a\n', { hasHeader: false }).cards.length, 2);
    assert.deepEqual(sides('a,b,c\nd,e,f', { frontColumn: 3, backColumn: 1 }), [
      ['c', 'a'],
      ['f', 'd'],
    ]);
  });

  test('what is no card is said with its line, and the rest is taken', () => {
    const reading = readText('q1\ta1\n\ta2\nq3\t\nq4\ta4\n');
    assert.deepEqual(
      reading.cards.map((card) => card.front),
      ['q1', 'q4'],
    );
    assert.deepEqual(reading.problems, [
      { line: 2, what: 'The front is empty.' },
      { line: 3, what: 'The back is empty.' },
    ]);
    assert.match(readText('one column\nonly').problems[0]!.what, /only one column/);
  });

  test('files of other systems are read: byte order marks, other line ends, UTF-16; what is no text is not', () => {
    assert.deepEqual(sides('\uFEFFq\ta\rq2\ta2\r\n'), [
      ['q', 'a'],
      ['q2', 'a2'],
    ]);
    assert.equal(decodeText(Buffer.from('\uFEFFä\tö', 'utf8')), 'ä\tö');
    assert.equal(decodeText(Buffer.from('\uFEFFä\tö', 'utf16le')), 'ä\tö');
    assert.equal(decodeText(Uint8Array.from([0x50, 0x4b, 0xff, 0xfe])), undefined);
  });

  test('every table of cells comes back as it was written', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', ' ', '"', ',', '\n', ';', '\t', 'é', '#'), maxLength: 6 });
    const row = fc.array(cell, { minLength: 2, maxLength: 4 }).filter((cells) => cells.some((text) => text.trim() !== ''));
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), fc.constantFrom(',', ';', '\t'), (rows, separator) => {
        const text = rows.map((cells) => cells.map((one) => `"${one.replaceAll('"', '""')}"`).join(separator)).join('\n');
        assert.deepEqual(parseDelimited(text, separator).rows, rows);
      }),
    );
  });
});

describe('Quizlet', () => {
  test('its own export is tabs and lines; what somebody chose is read as chosen, and the first separator parts', () => {
    assert.deepEqual(sides('term\tdefinition\nErie\tstate law: always\n'), [['Erie', 'state law: always']]);
    const chosen = 'Erie - state law - always;;\n\nVenue - where\nit is tried;;';
    assert.deepEqual(sides(chosen, { separator: ' - ', rowSeparator: ';;' }), [
      ['Erie', 'state law - always'],
      ['Venue', 'where\nit is tried'],
    ]);
    assert.deepEqual(
      readText(chosen, { separator: ' - ', rowSeparator: ';;' }).cards.map((card) => card.line),
      [1, 3],
    );
    assert.deepEqual(sides('a,"b" c;d,e', { separator: ',', rowSeparator: ';' }), [
      ['a', '"b" c'],
      ['d', 'e'],
    ]);
  });
});

describe('Anki’s text', () => {
  test('headers say separator, HTML, tags, decks, ids and columns; other lines with # are comments', () => {
    const text = [
      '#separator:tab',
      '#html:true',
      '#guid column:1',
      '#notetype column:2',
      '#deck column:3',
      '#tags column:6',
      'g1\tBasic\tLaw::Torts\tDuty &amp; <b>breach</b>\tone<br>two\ttorts exam',
      '# a comment',
      'g2\tBasic\tLaw\tshort',
      'g3\tBasic\tLaw\tq\ta\tt\ttoo long',
    ].join('\n');
    const reading = readText(text);
    assert.equal(reading.format, 'anki');
    assert.deepEqual(reading.cards, [
      { front: 'Duty & breach', back: 'one\ntwo', tags: ['torts', 'exam'], deck: ['Law', 'Torts'], guid: 'g1', line: 7 },
      { front: 'q', back: 'a', tags: ['t'], deck: ['Law'], guid: 'g3', line: 10 },
    ]);
    assert.deepEqual(reading.problems, [{ line: 9, what: 'The back is empty.' }]);
  });

  test('separators have names, columns have names, and tags hold for all', () => {
    assert.deepEqual(sides('#separator:Semicolon\na;b'), [['a', 'b']]);
    assert.deepEqual(sides('#separator:|\na|b'), [['a', 'b']]);
    const reading = readText('#separator:Comma\n#columns:Back,Front\n#tags:x y\na,q');
    assert.deepEqual(reading.cards, [{ front: 'q', back: 'a', tags: ['x', 'y'], line: 4 }]);
    assert.equal(formatOf('#hashtag\tis no header'), 'delimited');
  });

  test('each number of a cloze is a card', () => {
    assert.deepEqual(sides('#separator:tab\n{{c1::Duty::first}}, {{c2::breach}}, {{c1::cause}}\tTorts'), [
      ['[first], breach, [...]', 'Duty, breach, cause\n\nTorts'],
      ['Duty, [...], cause', 'Duty, breach, cause\n\nTorts'],
    ]);
    assert.deepEqual(sides('#separator:tab\n{{c1::a {{c2::b}} c}}\t'), [
      ['[...]', 'a b c'],
      ['a [...] c', 'a b c'],
    ]);
  });
});

describe('notes with cards in them', () => {
  test('Obsidian: one line, both ways, many lines, clozes with hints, decks, schedules', () => {
    const text = [
      '---',
      'title: Torts',
      '---',
      '#flashcards/law/torts',
      '',
      '# Heading',
      'Duty::Owed to all',
      '<!--SR:!2024-08-16,51,230-->',
      '',
      'Erie:::State law',
      '',
      'What are',
      'the elements?',
      '?',
      'Duty',
      'Breach',
      '',
      'Both',
      '??',
      'Ways',
      '',
      '==Duty==^[first], ==breach== and {{cause}}',
      '',
      'Just prose with **bold** text.',
      '',
      'Unanswered',
      '?',
      '',
    ].join('\n');
    const reading = readText(text);
    assert.equal(reading.format, 'obsidian');
    const deck = ['law', 'torts'];
    assert.deepEqual(reading.cards[0], {
      front: 'Duty',
      back: 'Owed to all',
      tags: [],
      line: 6,
      deck,
      schedule: { day: '2024-08-16', intervalDays: 51, ease: 2.3 },
    });
    assert.deepEqual(
      reading.cards.slice(1).map(({ front, back }) => [front, back]),
      [
        ['Erie', 'State law'],
        ['State law', 'Erie'],
        ['What are\nthe elements?', 'Duty\nBreach'],
        ['Both', 'Ways'],
        ['Ways', 'Both'],
        ['[first], breach and cause', 'Duty, breach and cause'],
        ['Duty, […] and cause', 'Duty, breach and cause'],
        ['Duty, breach and […]', 'Duty, breach and cause'],
        ['Unanswered', ''],
      ],
    );
    assert.equal(reading.problems.length, 1);
  });

  test('Q and A blocks, of several lines, with clozes in brackets', () => {
    const text =
      'Q: Duty?\nwhen?\nA: Always\nand ever\n\nQ: Venue?\nA: Where\n\nC: The [plaintiff] sues the [defendant].\nQ: none\n';
    const reading = readText(text);
    assert.equal(reading.format, 'questions');
    assert.deepEqual(
      reading.cards.map(({ front, back }) => [front, back]),
      [
        ['Duty?\nwhen?', 'Always\nand ever'],
        ['Venue?', 'Where'],
        ['The […] sues the defendant.', 'The plaintiff sues the defendant.'],
        ['The plaintiff sues the […].', 'The plaintiff sues the defendant.'],
      ],
    );
    assert.deepEqual(reading.problems, [{ line: 10, what: 'This question has no answer.' }]);
  });
});

test('no text makes the reader fail, whatever is chosen, and its lines exist', () => {
  const piece = fc.constantFrom(
    '::',
    ':::',
    '?',
    '\n',
    '\n\n',
    '\t',
    ',',
    ';',
    '"',
    '==',
    '{{c1::',
    '}}',
    '#separator:',
    '#deck:',
    'Q:',
    'A:',
    'C:',
    '[',
    ']',
    'a',
    ' ',
    '<!--SR:!2024-01-01,1,250-->',
    '---',
    '\r',
    '\u0000',
    '<b>',
    '&#x110000;',
  );
  const settings = fc.record(
    {
      format: fc.constantFrom(...TEXT_FORMATS),
      separator: fc.constantFrom('\t', ',', ' - ', '"'),
      rowSeparator: fc.constantFrom('\n', ';', '\n\n'),
      hasHeader: fc.boolean(),
      frontColumn: fc.integer({ min: 1, max: 5 }),
      backColumn: fc.integer({ min: 1, max: 5 }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), settings, (pieces, chosen) => {
      const text = pieces.join('');
      const { cards, problems } = readText(text, chosen);
      const lines = text.split(/\r\n?|\n/).length;
      for (const { line } of [...cards, ...problems]) assert.ok(line >= 1 && line <= lines, `line ${line} of ${lines}`);
      for (const { front } of cards) assert.ok(!front.includes('\0'));
    }),
    { numRuns: 2000 },
  );
});
