import { generatedId, int32, int64, table, text } from '../../src/schema/index.ts';
import { model, step, tell } from '../revisions/autogenerate/story.ts';

const box = (columns: Parameters<typeof table>[1]['columns']) =>
  table('box', { columns: { id: generatedId(), ...columns }, primaryKey: ['id'] });

tell('F51: a wider or narrower column is changed, never dropped and added', [
  {
    title: 'F51: int32 to int64 keeps every value, there and back',
    from: model([box({ n: int32() })]),
    to: model([box({ n: int64() })]),
    words: [step('box', 'change column n')],
    rows: ['INSERT INTO box (n) VALUES (2147483647), (-1)'],
    after: ['SELECT n FROM box ORDER BY id', [['2147483647'], ['-1']]],
    back: ['SELECT n FROM box ORDER BY id', [['2147483647'], ['-1']]],
  },
  {
    title: 'F51: a longer list of allowed values, and a shorter text by a check, keep every value',
    from: model([box({ kind: text({ oneOf: ['a'] }), name: text() })]),
    to: model([
      table('box', {
        columns: { id: generatedId(), kind: text({ oneOf: ['a', 'b'] }), name: text() },
        primaryKey: ['id'],
        checks: { ck_box_name_length: 'length(name) <= 128' },
      }),
    ]),
    words: [step('box', 'change column kind', 'add check ck_box_name_length')],
    rows: ["INSERT INTO box (kind, name) VALUES ('a', 'x')"],
    after: ['SELECT kind, name FROM box', [['a', 'x']]],
    back: ['SELECT kind, name FROM box', [['a', 'x']]],
  },
]);
