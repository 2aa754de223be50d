import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJson } from '../../src/http/body.ts';
import type { Schema } from '../../src/http/json-schema.ts';
import * as schemas from '../../src/http/schemas.ts';
import { type RequestPart, type ValidationFailed, type ValidationProblem, validate } from '../../src/http/validation.ts';

function problemsOf(schema: Schema<unknown>, value: unknown, part: RequestPart = 'body'): ValidationProblem[] {
  const problems: ValidationProblem[] = [];
  validate(schema, value, part, problems);
  return problems;
}

/** What pydantic 2 answers for the original's models: type, place, sentence. */
const REFUSALS: [string, Schema<unknown>, unknown, RequestPart, string, (string | number)[], string][] = [
  ['no body', schemas.deckCreate, undefined, 'body', 'missing', ['body'], 'Field required'],
  [
    'a list as body',
    schemas.deckCreate,
    [],
    'body',
    'model_attributes_type',
    ['body'],
    'Input should be a valid dictionary or object to extract fields from',
  ],
  ['a field left out', schemas.deckCreate, {}, 'body', 'missing', ['body', 'name'], 'Field required'],
  [
    'null for a text',
    schemas.deckCreate,
    { name: null },
    'body',
    'string_type',
    ['body', 'name'],
    'Input should be a valid string',
  ],
  [
    'a number for a text',
    schemas.deckCreate,
    { name: 5 },
    'body',
    'string_type',
    ['body', 'name'],
    'Input should be a valid string',
  ],
  [
    'an empty text',
    schemas.deckCreate,
    { name: '' },
    'body',
    'string_too_short',
    ['body', 'name'],
    'String should have at least 1 character',
  ],
  [
    'a long text',
    schemas.deckCreate,
    { name: 'x'.repeat(201) },
    'body',
    'string_too_long',
    ['body', 'name'],
    'String should have at most 200 characters',
  ],
  [
    'a year before 1900',
    schemas.deckCreate,
    { name: 'x', year: 1899 },
    'body',
    'greater_than_equal',
    ['body', 'year'],
    'Input should be greater than or equal to 1900',
  ],
  [
    'a year after 2100',
    schemas.deckCreate,
    { name: 'x', year: '2101' },
    'body',
    'less_than_equal',
    ['body', 'year'],
    'Input should be less than or equal to 2100',
  ],
  [
    'a fraction',
    schemas.deckCreate,
    { name: 'x', year: 2000.5 },
    'body',
    'int_from_float',
    ['body', 'year'],
    'Input should be a valid integer, got a number with a fractional part',
  ],
  [
    'words for a number',
    schemas.deckCreate,
    { name: 'x', year: 'soon' },
    'body',
    'int_parsing',
    ['body', 'year'],
    'Input should be a valid integer, unable to parse string as an integer',
  ],
  [
    'a list for a number',
    schemas.deckCreate,
    { name: 'x', year: [] },
    'body',
    'int_type',
    ['body', 'year'],
    'Input should be a valid integer',
  ],
  [
    'words for a truth value',
    schemas.deckCreate,
    { name: 'x', is_public: 'maybe' },
    'body',
    'bool_parsing',
    ['body', 'is_public'],
    'Input should be a valid boolean, unable to interpret input',
  ],
  [
    'null for a truth value',
    schemas.deckCreate,
    { name: 'x', is_public: null },
    'body',
    'bool_type',
    ['body', 'is_public'],
    'Input should be a valid boolean',
  ],
  [
    'an unknown reason',
    schemas.reportCreate,
    { report_type: 'user', content_id: 1, reason: 'spam' },
    'body',
    'enum',
    ['body', 'report_type'],
    "Input should be 'deck' or 'card'",
  ],
  [
    'words for an id',
    schemas.deckPath,
    { deck_id: 'abc' },
    'path',
    'int_parsing',
    ['path', 'deck_id'],
    'Input should be a valid integer, unable to parse string as an integer',
  ],
  [
    'an empty number in a query',
    schemas.deckList,
    { year: '' },
    'query',
    'int_parsing',
    ['query', 'year'],
    'Input should be a valid integer, unable to parse string as an integer',
  ],
  [
    'a limit below one',
    schemas.deckList,
    { limit: '0' },
    'query',
    'greater_than_equal',
    ['query', 'limit'],
    'Input should be greater than or equal to 1',
  ],
  [
    'something in a list',
    schemas.chat,
    { messages: [{ role: 'user' }] },
    'body',
    'missing',
    ['body', 'messages', 0, 'content'],
    'Field required',
  ],
  [
    'half a surrogate pair',
    schemas.deckCreate,
    { name: '\ud83d' },
    'body',
    'string_unicode',
    ['body', 'name'],
    'Input should be a valid string, unable to parse raw data as a unicode string',
  ],
];

for (const [what, schema, value, part, type, loc, msg] of REFUSALS) {
  test(`${what} is refused in pydantic's words`, () => {
    const problems = problemsOf(schema, value, part);
    assert.deepEqual(
      problems.map((problem) => [problem.type, problem.loc, problem.msg]),
      [[type, loc, msg]],
    );
  });
}

test('all problems of a request come together, one a field', () => {
  const problems = problemsOf(schemas.register, { email: 'nobody', username: 'ab' });
  assert.deepEqual(
    problems.map((problem) => problem.loc.at(-1)),
    ['email', 'username', 'password'],
  );
});

test('a refusal repeats what was sent, but no password', () => {
  const [short] = problemsOf(schemas.register, { email: 'a@b.co', username: 'anna', password: 'short' });
  assert.deepEqual([short?.loc, short?.input], [['body', 'password'], '']);
  const [missing] = problemsOf(schemas.register, { email: 'a@b.co', password: 'a secret of mine' });
  assert.deepEqual(missing?.input, { email: 'a@b.co', password: '' });
});

test('what pydantic takes for a number or a truth value is taken; lengths count characters, not halves of them', () => {
  const problems: ValidationProblem[] = [];
  const deck = validate(
    schemas.deckCreate,
    { name: '😀'.repeat(200), year: ' 2026 ', is_public: 'YES', more: 1 },
    'body',
    problems,
  );
  assert.deepEqual([problems, deck.year, deck.is_public, 'more' in deck], [[], 2026, true, false]);
  assert.equal(validate(schemas.deckCreate, { name: 'x', is_public: 0 }, 'body', problems).is_public, false);
  assert.deepEqual(validate(schemas.deckList, { limit: ['7', '8'], after: '-5' }, 'query', problems), { limit: 8, after: -5n });
  assert.deepEqual(problems, []);
});

test('a body keeps the digits of its whole numbers; broken JSON and broken UTF-8 are told apart', () => {
  assert.deepEqual(parseJson(Buffer.from('{"a":9007199254740993,"b":[1,-9223372036854775808],"c":1.5,"d":1e20}')), {
    a: 9007199254740993n,
    b: [1, -9223372036854775808n],
    c: 1.5,
    d: 1e20,
  });
  assert.throws(
    () => parseJson(Buffer.from('{"a":')),
    (error: ValidationFailed) => error.problems[0]?.type === 'json_invalid',
  );
  assert.throws(() => parseJson(Buffer.from([0x22, 0xff, 0x22])), { code: 'FC_BAD_REQUEST' });
});

test('a name of the prototype in a body is a field like any other and changes no object', () => {
  const problems: ValidationProblem[] = [];
  const deck = validate(
    schemas.deckCreate,
    parseJson(Buffer.from('{"__proto__":{"is_admin":true},"name":"x"}')),
    'body',
    problems,
  );
  assert.deepEqual([problems, deck], [[], { name: 'x' }]);
  assert.equal('is_admin' in {}, false);
});
