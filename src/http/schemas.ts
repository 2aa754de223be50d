/** JSON schemas of the API: they check requests and are printed as OpenAPI. Limits are the original app's. */

const int64 = { type: 'integer' } as const;
/** Ids in paths and queries stay text until they are a bigint: as JSON numbers they would lose digits beyond 2^53. */
const idText = { type: 'string', pattern: '^[+-]?\\d{1,19}$', description: 'A 64-bit whole number.' } as const;
const time = { type: 'string', format: 'date-time', description: 'UTC without a zone: 2025-10-03T00:43:50.819817' } as const;
const nullable = <T extends { type: string }>(schema: T) => ({ ...schema, type: [schema.type, 'null'] });
const text = (minLength: number, maxLength: number) => ({ type: 'string', minLength, maxLength, storable: true }) as const;

const object = (properties: Record<string, unknown>, required: readonly string[] = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
});

export const idPath = (name: string) => object({ [name]: idText });

const paging = {
  limit: { type: 'integer', minimum: 1, maximum: 500, default: 500 },
  after: { ...idText, default: '0', description: 'The last id of the page before: see the X-Next-After header.' },
};

const deckFields = {
  name: text(1, 200),
  description: nullable(text(0, 1000)),
  is_public: { type: 'boolean' },
  school: nullable(text(0, 200)),
  course: nullable(text(0, 200)),
  professor: nullable(text(0, 200)),
  year: { type: ['integer', 'null'], minimum: 1900, maximum: 2100 },
};
const optional = <T extends { type: string | readonly string[] }>(schema: T) => ({
  ...schema,
  type: [...new Set([schema.type, 'null'].flat())],
});

export const deckCreate = object(deckFields, ['name']);
export const deckChange = object(
  Object.fromEntries(Object.entries(deckFields).map(([name, schema]) => [name, optional(schema)])),
  [],
);
export const deckList = object(
  {
    ...paging,
    school: { type: 'string' },
    course: { type: 'string' },
    professor: { type: 'string' },
    year: { type: 'integer' },
    scope: { type: 'string', enum: ['own', 'public'] },
    search: { type: 'string', maxLength: 200, storable: true },
  },
  [],
);
export const deck = object({
  id: int64,
  ...Object.fromEntries(Object.entries(deckFields).map(([name, schema]) => [name, { type: schema.type }])),
  created_at: time,
  updated_at: time,
  is_owner: { type: 'boolean' },
  card_count: { type: 'integer' },
  due_count: { type: 'integer' },
});
export const deckMetadata = object({
  deck_id: int64,
  card_count: { type: 'integer' },
  total_reviews: { type: 'integer' },
  average_rating: { type: ['number', 'null'] },
  last_studied: nullable(time),
});

export const cardCreate = object({ deck_id: int64, front: text(1, 2000), back: text(1, 5000) });
export const cardChange = object({ front: optional(text(1, 2000)), back: optional(text(1, 5000)) }, []);
export const cardList = object({ ...paging, deck_id: idText }, []);
export const card = object({
  id: int64,
  deck_id: int64,
  front: { type: 'string' },
  back: { type: 'string' },
  created_at: time,
  updated_at: time,
});

export const register = object({
  email: { type: 'string', format: 'email', maxLength: 320, storable: true },
  username: text(3, 50),
  password: { type: 'string', minLength: 8, storable: true },
});
export const login = object({ username: { type: 'string', storable: true }, password: { type: 'string', storable: true } });
export const token = object({ access_token: { type: 'string' }, token_type: { type: 'string' } });
export const user = object({
  id: int64,
  email: { type: 'string' },
  username: { type: 'string' },
  is_active: { type: 'boolean' },
  created_at: time,
  updated_at: time,
});

export const sessionQuery = object({ limit: { type: 'integer', minimum: 0, maximum: 500, default: 20 } }, []);
export const studyCard = object({
  id: int64,
  deck_id: int64,
  front: { type: 'string' },
  back: { type: 'string' },
  ease_factor: { type: 'number' },
  interval: { type: 'integer' },
  repetitions: { type: 'integer' },
  due_date: time,
});
export const review = object({ quality: { type: 'integer' } });
export const reviewHeaders = object(
  {
    'idempotency-key': {
      type: 'string',
      minLength: 1,
      maxLength: 200,
      description: 'The same key gets the same answer: send it again after a lost connection.',
    },
  },
  [],
);
export const reviewAnswer = object({
  card_id: int64,
  quality: { type: 'integer' },
  new_ease_factor: { type: 'number' },
  new_interval: { type: 'integer' },
  new_repetitions: { type: 'integer' },
  next_due_date: time,
});

const REASONS = ['inappropriate_content', 'spam', 'harassment', 'incorrect_information', 'copyright_violation', 'other'];
const STATES = ['pending', 'reviewed', 'under_review', 'resolved', 'dismissed'];
export const reportCreate = object(
  {
    report_type: { type: 'string', enum: ['deck', 'card'] },
    content_id: int64,
    reason: { type: 'string', enum: REASONS },
    description: nullable(text(0, 1000)),
  },
  ['report_type', 'content_id', 'reason'],
);
export const reportList = object({ ...paging, status_filter: { type: 'string', enum: STATES } }, []);
export const report = object({
  id: int64,
  reporter_id: int64,
  report_type: { type: 'string' },
  content_id: int64,
  reason: { type: 'string' },
  description: { type: ['string', 'null'] },
  status: { type: 'string' },
  admin_notes: { type: ['string', 'null'] },
  reviewed_by: { type: ['integer', 'null'] },
  reviewed_at: nullable(time),
  created_at: time,
  updated_at: time,
});

export const list = (items: unknown) => ({ type: 'array', items });
export const failure = object({ detail: {} });
