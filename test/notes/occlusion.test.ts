import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parsedHtml, safeHtml, textOfHtml } from '../../src/notes/html.ts';
import { makeCards } from '../../src/notes/make-cards.ts';
import { builtInTypes } from '../../src/notes/note-types.ts';
import { drawingOf, readDrawing, writeDrawing } from '../../src/notes/occlusion/drawing.ts';
import { type Area, MAX_AREAS, numbersOfAreas, type Outline, readAreas, writeAreas } from '../../src/notes/occlusion/shapes.ts';
import { searchedField } from '../../src/search/document.ts';

const HASH = 'a'.repeat(64);
const PICTURE = `<img src="/api/v1/media/${HASH}" alt="heart">`;
const RECT = '{{c1::image-occlusion:rect:left=.2325:top=.3261:width=.202:height=.0975}}';
const cardsOf = (occlusion: string, more: Record<string, string> = {}, format: 'text' | 'html' | 'markdown' = 'html') =>
  makeCards({
    type: builtInTypes.image_occlusion,
    format,
    fields: new Map(Object.entries({ Occlusion: occlusion, Image: PICTURE, ...more })),
    tags: [],
    deck: 'Anatomy',
  });
const drawnOn = (html: string | null) => /data-occlusion="([^"]*)"/.exec(html ?? '')?.[1];

const place = fc.integer({ min: -10_000, max: 20_000 }).map((steps) => steps / 10_000);
const size = fc.integer({ min: 10, max: 20_000 }).map((steps) => steps / 10_000);
const angle = fc.integer({ min: -9999, max: 9999 }).map((steps) => (steps / 10_000) * 360);
const words = fc
  .string({ unit: 'binary', maxLength: 60 })
  .map((text) => text.replaceAll(/[\s{}\\]+/g, ' ').trim())
  .filter((text) => text.trim() === text);
const outline: fc.Arbitrary<Outline> = fc.oneof(
  fc.record({ kind: fc.constantFrom('rect', 'ellipse'), left: place, top: place, width: size, height: size, angle }),
  fc.record({ kind: fc.constant('polygon'), points: fc.array(fc.tuple(place, place), { minLength: 3, maxLength: 20 }), angle }),
  fc.record({
    ...{ kind: fc.constant('text'), left: place, top: place, angle },
    size: fc.integer({ min: 10, max: 10_000 }).map((steps) => steps / 10_000),
    text: words.filter((text) => text !== ''),
  }),
);
const area: fc.Arbitrary<Area> = fc
  .record({ number: fc.integer({ min: 1, max: 200 }), outline, label: words, more: fc.constantFrom([], [['fill', '#ff0000']]) })
  .map((one): Area => ({ ...(one as Area), number: one.outline.kind === 'text' ? 0 : one.number }));

describe('areas of a picture', () => {
  test('are read as Anki writes them: all kinds, groups, turns, colours, a colon in words', () => {
    const { areas, hidesAll, problems } = readAreas(
      [
        RECT,
        '{{c2::image-occlusion:ellipse:left=.1:top=.2:width=.2:height=.1:rx=.1:ry=.05:angle=2500:fill=#ffe34d:oi=1}}<br>',
        '{{c2::image-occlusion:polygon:left=.5:top=.5:points=.1,.1 .3,.1 .2,.3:oi=1}}',
        '{{c0::image-occlusion:text:left=.1:top=.1:text=Note\\: left side:scale=2:fs=.03}}',
      ].join('\n'),
    );
    assert.deepEqual(problems, []);
    assert.equal(hidesAll, true);
    assert.deepEqual(numbersOfAreas(areas), [1, 2]);
    assert.deepEqual(areas[0]?.outline, { kind: 'rect', left: 0.2325, top: 0.3261, width: 0.202, height: 0.0975, angle: 0 });
    assert.deepEqual([areas[1]?.outline.angle, areas[1]?.more], [90, [['fill', '#ffe34d']]]);
    // A polygon stands where its place says, whatever its points say.
    const moved = areas[2]?.outline as Extract<Outline, { kind: 'polygon' }>;
    assert.deepEqual(
      moved.points.map(([x, y]) => [x.toFixed(4), y.toFixed(4)]),
      [
        ['0.5000', '0.5000'],
        ['0.7000', '0.5000'],
        ['0.6000', '0.7000'],
      ],
    );
    assert.deepEqual(areas[3]?.outline, { kind: 'text', left: 0.1, top: 0.1, size: 0.06, text: 'Note: left side', angle: 0 });
  });

  test('hostile ones are said and left out, and the others stay', () => {
    const many = Array.from({ length: 5000 }, () => '.1,.1').join(' ');
    const bad = [
      'rect:left=NaN:top=.1:width=.1:height=.1',
      'rect:left=1e309:top=.1:width=.1:height=.1',
      'rect:left=.1:top=.1:width=-.1:height=.1',
      'rect:left=.1:top=.1:width=0:height=.1',
      'rect:left=10.0:top=20:width=30:height=10',
      'rect:left=.1:top=.1',
      'polygon:points=0,0 1,1',
      `polygon:points=${many}`,
      'polygon:points=0,0,0 1,1 0,1',
      'star:left=.1:top=.1:width=.1:height=.1',
      'text:left=.1:top=.1:text=',
    ].map((body) => `{{c1::image-occlusion:${body}}}`);
    const { areas, problems } = readAreas(
      [...bad, '{{c201::image-occlusion:rect:left=0:top=0:width=1:height=1}}', RECT].join(''),
    );
    assert.equal(areas.length, 1);
    assert.match(problems[0] ?? '', /^Areas 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 … of the picture could not be read/);
    assert.equal(readAreas(RECT.repeat(MAX_AREAS + 1)).areas.length, MAX_AREAS);
    assert.match(readAreas('{{c1::image-occlusion:rect').problems[0] ?? '', /has no end/);
    // Openings without an end are looked through once.
    assert.deepEqual(readAreas('{{c1::image-occlusion:'.repeat(100_000)).areas, []);
  });

  test('what cannot be read stays as it is when the areas are written anew, however often', () => {
    const corners = Array.from({ length: 301 }, (_, at) => `${at / 1000},${(at * at) / 100_000}`).join(' ');
    const polygon = `{{c4::image-occlusion:polygon:points=${corners}:oi=1}}`;
    const words = `{{c0::image-occlusion:text:left=.1:top=.1:text=${'w'.repeat(201)}}}`;
    const given = [polygon, RECT, 'A word beside them', words, '{{c9::image-occlusion:rect:left=.1'].join('\n');
    const { areas, hidesAll, unread } = readAreas(given);
    assert.equal(areas.length, 1);
    const written = writeAreas([], hidesAll, unread);
    for (const kept of [polygon, words, 'A word beside them', '{{c9::image-occlusion:rect:left=.1'])
      assert.ok(written.includes(kept), kept.slice(0, 40));
    const again = readAreas(writeAreas(areas, hidesAll, unread));
    assert.deepEqual([again.areas, again.unread], [areas, unread]);
  });

  test('reading any text ends without an error, and gives only numbers that a picture has', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '{{c1::image-occlusion:',
        'rect:',
        'polygon:points=',
        'left=',
        '1e309',
        'NaN',
        '-1',
        '}}',
        '::',
        '\\:',
        ',',
      ),
      fc.string({ unit: 'binary', maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const { areas } = readAreas(pieces.join(''));
        for (const number of numbersOfAreas(areas)) {
          const written = writeDrawing(drawingOf(areas, true, number, 'front'));
          assert.equal(writeDrawing(readDrawing(written) as never), written);
        }
        readDrawing(pieces.join(''));
      }),
    );
  });

  test('what is written is read the same again, and what is drawn goes through the sanitiser as it is', () => {
    fc.assert(
      fc.property(fc.array(area, { maxLength: 12 }), fc.boolean(), (areas, hidesAll) => {
        const written = writeAreas(areas, hidesAll);
        const read = readAreas(written);
        // A polygon of one place, or one that reaches over where areas may be, is none.
        fc.pre(read.areas.length === areas.length);
        assert.equal(writeAreas(read.areas, read.hidesAll), writeAreas(areas, read.hidesAll));
        assert.deepEqual(
          read.areas.map(({ number, label }) => [number, label]),
          areas.map(({ number, label }) => [number, label]),
        );
        for (const number of numbersOfAreas(read.areas).slice(0, 2)) {
          const drawing = writeDrawing(drawingOf(read.areas, hidesAll, number, 'back'));
          assert.equal(writeDrawing(readDrawing(drawing) as never), drawing);
          const html = `<img src="a.png" data-occlusion="${drawing}">`;
          assert.equal(drawnOn(parsedHtml(html)), drawing);
          assert.equal(safeHtml(html), parsedHtml(html));
        }
      }),
    );
  });
});

describe('the cards of a picture', () => {
  const two = `{{c1::image-occlusion:rect:left=.1:top=.1:width=.2:height=.1:label=Aorta:oi=1}}<br>{{c3::image-occlusion:ellipse:left=.5:top=.5:width=.2:height=.2:label=Left ventricle:oi=1}}<br>{{c3::image-occlusion:rect:left=.8:top=.8:width=.1:height=.1:label=Left ventricle:oi=1}}`;

  test('are one a number, with all areas hidden or the asked ones alone; readers of plain text are told which of how many', () => {
    const { cards, problems } = cardsOf(two, { Header: 'The heart', 'Back Extra': 'See <i>Gray</i>' });
    assert.deepEqual(problems, []);
    assert.deepEqual(
      cards.map(({ ordinal, front, back }) => [ordinal, front, back]),
      [
        [0, 'The heart\n\n[image: heart] — area 1 of 2', 'The heart\n\n[image: heart] — area 1 of 2\n\nAorta\n\nSee Gray'],
        [
          2,
          'The heart\n\n[image: heart] — area 2 of 2',
          'The heart\n\n[image: heart] — area 2 of 2\n\nLeft ventricle\n\nSee Gray',
        ],
      ],
    );
    assert.equal(drawnOn(cards[0]?.frontHtml ?? null), '1/2 qr:.1,.1,.2,.1 me:.5,.5,.2,.2 mr:.8,.8,.1,.1');
    assert.equal(drawnOn(cards[1]?.backHtml ?? null), '2/2 mr:.1,.1,.2,.1 ae:.5,.5,.2,.2 ar:.8,.8,.1,.1');
    const alone = cardsOf(two.replaceAll(':oi=1', ''));
    assert.equal(drawnOn(alone.cards[0]?.frontHtml ?? null), '1/2 qr:.1,.1,.2,.1');
  });

  test('say on the question nothing that an area is called, and keep their picture', () => {
    const { cards } = cardsOf(two);
    for (const { front, frontHtml, backHtml } of cards) {
      assert.doesNotMatch(`${front}${frontHtml}`, /Aorta|ventricle/);
      assert.ok(frontHtml?.includes(HASH) && backHtml?.includes(HASH));
    }
  });

  test('are not made without a picture or an area, and it is said what is missing', () => {
    assert.match(cardsOf(RECT, { Image: '' }).problems[0] ?? '', /^No picture yet/);
    assert.match(cardsOf(RECT, {}, 'text').problems[0] ?? '', /^No picture yet/);
    assert.match(cardsOf('').problems[0] ?? '', /^No area yet/);
    assert.equal(cardsOf(RECT, { Image: `![heart](/api/v1/media/${HASH})` }, 'markdown').cards.length, 1);
    assert.equal(cardsOf('{{c0::image-occlusion:text:left=.1:top=.1:text=x}}').cards.length, 0);
  });

  test('a note of other kinds brings no drawing but one of numbers in their form', () => {
    const drawn = (value: string) => drawnOn(safeHtml(`<img src="a.png" data-occlusion="${value}">`));
    assert.equal(drawn('1/2 qr:.1,.1,.2,.1'), '1/2 qr:.1,.1,.2,.1');
    for (const bad of [
      '',
      'x',
      '1/2 qr:NaN,0,1,1',
      '1/2 qr:1e9,0,1,1',
      '1/2 xr:0,0,1,1',
      '1/2 qr:0,0,1,1;x',
      '1/2 tt:0,0,.1,%E0',
    ])
      assert.equal(drawn(bad), undefined, bad);
    assert.equal(textOfHtml('<img src="a.png" data-occlusion="2/5">'), '[image] — area 2 of 5');
  });

  test('are found by what their areas are called, and not by numbers', () => {
    assert.equal(searchedField('{{c1::image-occlusion:rect:left=.1:label=Aorta}}', 'markdown').trim(), 'Aorta');
  });
});
