/** What the API takes and gives. Names and limits are the original app's; what FlashCase adds is marked. */

import { DUPLICATES, TEXT_FORMATS } from '../services/import-cards.ts';
import { SORTS } from '../services/search.ts';
import { PHASES, SCHEDULERS } from '../services/study-answers.ts';
import {
  email,
  id,
  idText,
  list,
  nullable,
  object,
  oneOf,
  real,
  type Schema,
  text,
  time,
  truth,
  whole,
  withDefault,
} from './json-schema.ts';

/** Rows of one page, and cards of one study session, at most: a client that asks for more gets this many. */
export const MAX_ROWS = 500;

export const paging = {
  limit: withDefault(whole({ minimum: 1, description: `Rows of a page, never more than ${MAX_ROWS}.` }), MAX_ROWS),
};
export const after = { after: idText({ description: 'The last id of the page before: see the X-Next-After header.' }) };

export const deckPath = object({ deck_id: idText() });
export const cardPath = object({ card_id: idText() });
export const reportPath = object({ report_id: idText() });

const deckName = text({ minLength: 1, maxLength: 200 });
const about = {
  description: nullable(text({ maxLength: 1000 })),
  school: nullable(text({ maxLength: 200 })),
  course: nullable(text({ maxLength: 200 })),
  professor: nullable(text({ maxLength: 200 })),
  year: nullable(whole({ minimum: 1900, maximum: 2100 })),
};
export const deckCreate = object({ name: deckName }, { ...about, is_public: truth() });
export const deckChange = object({}, { name: nullable(deckName), ...about, is_public: nullable(truth()) });
/** FlashCase's own. */
const below = withDefault(
  { ...truth(), description: 'With all own decks below it: `Law::Torts` is below `Law`.' } as Schema<boolean>,
  false,
);
export const deckDelete = object({ below });
export const deckExport = object({ format: withDefault(oneOf(['apkg', 'archive', 'csv']), 'apkg'), below });
/** `scope` and `search` are FlashCase's own. */
export const deckList = object(paging, {
  ...after,
  school: text(),
  course: text(),
  professor: text(),
  year: whole(),
  scope: oneOf(['own', 'public']),
  search: text({ maxLength: 200, description: 'A part of the name; A to Z are the same as a to z.' }),
});
/** `is_owner`, `card_count`, `due_count` and `hidden_at` (by a moderator; only its owner sees such a deck) are FlashCase's own. */
export const deck = object({
  id: id(),
  name: text(),
  description: nullable(text()),
  is_public: truth(),
  school: nullable(text()),
  course: nullable(text()),
  professor: nullable(text()),
  year: nullable(whole()),
  created_at: time(),
  updated_at: time(),
  is_owner: truth(),
  card_count: whole(),
  due_count: whole({ description: 'Cards due now, new ones included.' }),
  hidden_at: nullable(time()),
});
export const decks = list(deck);
const deckNode = object({
  deck: nullable(deck),
  name: text({ description: 'Its last level: `Torts` of `Law::Torts`.' }),
  path: text(),
  depth: whole({ description: '0 for what is below nothing; whatever follows with a greater depth is below it.' }),
  total: object({
    card_count: whole(),
    due_count: whole({ description: 'The three that follow together.' }),
    new_count: whole(),
    learning_count: whole(),
    review_count: whole(),
  }),
});
export const deckTree = object({
  nodes: list(deckNode),
  is_cut: { ...truth(), description: 'There are more than 5,000 decks: some are left out.' } as Schema<boolean>,
});
export const deckPlace = object({
  above: list(object({ id: nullable(id()), name: text() })),
  nodes: list(deckNode),
  is_cut: truth(),
});
export const deckMetadata = object({
  deck_id: id(),
  card_count: whole(),
  total_reviews: whole(),
  average_rating: nullable(real()),
  last_studied: nullable(time()),
});

const front = text({ minLength: 1, maxLength: 2000 });
const back = text({ minLength: 1, maxLength: 5000 });
export const cardCreate = object({ deck_id: id(), front, back });
export const cardChange = object({}, { front: nullable(front), back: nullable(back) });
export const cardList = object(paging, { ...after, deck_id: idText() });
export const cardSides = {
  front: text(),
  back: text(),
  front_html: nullable(text({ description: 'Sanitised HTML; null where the text says it all.' })),
  back_html: nullable(text()),
  answer: nullable(text({ description: 'What is to be typed.' })),
};
/** What follows `updated_at` is FlashCase's own: the note a card is made from, and how it looks. */
export const card = object({
  id: id(),
  deck_id: id(),
  front: text(),
  back: text(),
  created_at: time(),
  updated_at: time(),
  note_id: nullable(id()),
  ordinal: nullable(whole({ description: 'Which card of its note this is.' })),
  front_html: cardSides.front_html,
  back_html: cardSides.back_html,
  answer: cardSides.answer,
  tags: list(text()),
});
export const cards = list(card);

export const operationPath = object({ operation_id: idText() });
export const operationUndone = object({
  id: id(),
  name: text({
    description:
      'change_deck, delete_deck, clone_deck, subscribe, take_update, unsubscribe, change_note, delete_note, change_card, delete_card, mark_card, import_cards, change_exam, delete_exam, change_search, delete_search, find_replace, mark_cards, reset_cards, set_due, tag_notes, move_notes, delete_cards, merge_duplicates, delete_duplicates or mark_duplicates.',
  }),
  target_id: id({ description: 'The deck, note or card.' }),
  undone_at: time(),
  imported: nullable(
    object({
      taken_back: whole({
        description: 'Of an import or a change of many: notes, and cards without one, that are gone again or as they were.',
      }),
      kept: whole({ description: 'Those that stay: they were studied or changed since.' }),
      kept_fronts: list(text({ description: 'The fronts of some of them.' })),
    }),
  ),
});

const searchWords = withDefault(
  text({ maxLength: 4000, description: 'Words, "phrases", -not, begin*, deck:NAME, tag:NAME, is:due; empty for all.' }),
  '',
);
export const searchQuery = object(
  {
    q: searchWords,
    sort: withDefault(oneOf(SORTS), 'relevance'),
    limit: withDefault(whole({ minimum: 1, description: `Cards of a page, never more than ${MAX_ROWS}.` }), 50),
  },
  {
    after: text({ maxLength: 400, description: '`next` of the page before.' }),
    count: truth(),
    suggest: truth(),
  },
);
const foundCards = list(
  object({
    ...(card.properties as NonNullable<typeof card.properties>),
    deck_name: text(),
    is_owner: truth(),
    review_count: whole(),
    next_review: nullable(time()),
    interval: nullable(whole({ description: 'Days.' })),
    lapses: whole(),
    is_suspended: truth(),
    buried_until: nullable(time()),
    flag: whole(),
  }),
);
export const searchAnswer = object({
  cards: foundCards,
  decks: list(object({ id: id(), name: text() })),
  count: nullable(whole({ description: 'Found in all, up to 10,000; with count=true only.' })),
  next: nullable(text({ description: 'For the next page; null on the last one.' })),
  suggestion: nullable(
    text({ description: 'The query with words that there are, where nothing was found; with suggest=true only.' }),
  ),
});

export const searchIdsQuery = object({ q: searchWords, sort: withDefault(oneOf(SORTS), 'relevance') });
export const searchIds = object({
  ids: list(id()),
  is_cut: { ...truth(), description: 'There are more than 200,000: these are the first.' } as Schema<boolean>,
});
export const searchCardsBody = object({ ids: list(id({ description: `${MAX_ROWS} at most.` })) });
export const searchCards = object({ cards: foundCards });

export const notePath = object({ note_id: idText() });
const noteFormat = oneOf(['text', 'markdown', 'html']);
/** A list: the order of a type's fields is theirs. */
const noteFields = list(object({ name: text({ maxLength: 200 }), value: text({ maxLength: 20_000 }) }));
const noteTags = list(text({ maxLength: 100 }));
const noteType = text({
  description: 'basic, basic_reversed, typed, cloze, rule_elements, case, image_occlusion, or own with note_type_id.',
});
const noteMore = { note_type_id: nullable(id()), format: noteFormat, tags: noteTags };
export const noteCreate = object(
  { deck_id: id(), type: noteType, fields: noteFields },
  {
    ...noteMore,
    guid: text({ minLength: 1, maxLength: 200, description: 'Its name over imports and exports; made when absent.' }),
    card_id: id({ description: 'A card without a note that becomes its first card, with its history.' }),
  },
);
export const noteChange = object(
  {},
  {
    ...noteMore,
    deck_id: id(),
    type: noteType,
    fields: noteFields,
    updated_at: text({ description: 'Of the version that was edited: a change that would overwrite another is refused.' }),
  },
);
export const notePreview = object(
  { deck_id: id(), type: noteType, fields: noteFields },
  { ...noteMore, note_id: id({ description: 'The note that is edited.' }) },
);
export const notePreviewAnswer = object({
  cards: list(object({ ordinal: whole(), name: text(), ...cardSides })),
  problems: list(text()),
  duplicate_notes: list(id()),
  duplicate_cards: list(id()),
});
export const noteList = object(paging, { ...after, deck_id: idText(), tag: text({ maxLength: 100 }) });
export const note = object({
  id: id(),
  deck_id: id(),
  type: text(),
  note_type_id: nullable(id()),
  format: text(),
  fields: noteFields,
  tags: list(text()),
  guid: text(),
  created_at: time(),
  updated_at: time(),
  cards: list(card),
});
export const notes = list(note);
const cardTemplate = object({
  name: text({ minLength: 1, maxLength: 200 }),
  front: text({ maxLength: 20_000 }),
  back: text({ maxLength: 20_000 }),
});
export const noteTypeCreate = object(
  {
    name: text({ minLength: 1, maxLength: 200 }),
    kind: oneOf(['standard', 'cloze']),
    fields: list(text({ minLength: 1, maxLength: 200 })),
    templates: list(cardTemplate),
  },
  { css: nullable(text({ maxLength: 100_000, description: 'Kept for exports; the page does not use it.' })) },
);
export const noteTypeAnswer = object({
  type: text(),
  note_type_id: nullable(id()),
  name: text(),
  kind: text(),
  fields: list(text()),
  templates: list(cardTemplate),
});
export const noteTypes = list(noteTypeAnswer);
export const tagList = object({}, { deck_id: idText() });
export const tags = list(object({ tag: text(), note_count: whole() }));

export const register = object({
  email: email(),
  username: text({ minLength: 3, maxLength: 50 }),
  password: text({ minLength: 8 }),
});
export const login = object({ username: text(), password: text() }, { grant_type: oneOf(['password']), scope: text() });
export const sessionLogin = object({ username: text({ description: 'Name or email address.' }), password: text() });
export const passwordChange = object({ current_password: text(), new_password: text({ minLength: 8 }) });
export const token = object({ access_token: text(), token_type: text() });
const userFields = {
  id: id(),
  email: text(),
  username: text(),
  is_active: truth(),
  created_at: time(),
  updated_at: time(),
};
export const user = object(userFields);
/** `is_admin` is FlashCase's own, and shown to the person alone. */
export const me = object({ ...userFields, is_admin: truth() });

const sessionLimit = withDefault(whole({ minimum: 0, description: `Cards at most, never more than ${MAX_ROWS}.` }), 20);
export const sessionQuery = object({ limit: sessionLimit });
export const queueQuery = object({ limit: sessionLimit, below });
/** `front_html`, `back_html` and `answer` are FlashCase's own. */
const studyCard = object({
  id: id(),
  deck_id: id(),
  ...cardSides,
  ease_factor: real(),
  interval: whole(),
  repetitions: whole(),
  due_date: time(),
});
export const studyCards = list(studyCard);
const idempotencyId = text({
  minLength: 1,
  maxLength: 200,
  description: 'The same key gets the same answer and counts once: send the request again after a lost connection.',
});
/** The key in the body is for clients that cannot set headers. `grade`, `answered_at` and `duration_ms` are FlashCase's own. */
export const review = object(
  {},
  {
    quality: whole({ description: '0 (blackout) to 5 (perfect). This or a grade.' }),
    grade: whole({ description: '1 Again, 2 Hard, 3 Good, 4 Easy.' }),
    answered_at: text({
      description:
        'When it was answered, if not now: ISO 8601. At most five minutes ahead of the server, never before its card was there; a late one takes its place by its time.',
    }),
    interval: whole({
      minimum: 0,
      description:
        'The days that the preview of this grade promised: with has_load_balance they are given, where the answer may give them.',
    }),
    duration_ms: whole({ minimum: 0, description: 'From the question to the grade; more than five minutes count as five.' }),
    idempotency_id: idempotencyId,
  },
);
const userHeader = text({
  maxLength: 20,
  description: 'The id of the user who gave the answer: nothing is recorded (401) when somebody else is logged in.',
});
export const reviewHeaders = object({}, { 'idempotency-key': idempotencyId, 'x-flashcase-user': userHeader });
export const marksHeaders = object({}, { 'x-flashcase-user': userHeader });
/** What each grade would make of a card: exactly what it makes of it when it is given on the same study day. */
const previews = list(
  object({
    grade: whole(),
    phase: oneOf(PHASES),
    interval: whole({ description: 'Days; 0 on the steps of minutes.' }),
    seconds: whole({ description: 'From now until the card comes back.' }),
  }),
);
const standing = {
  scheduler: oneOf(SCHEDULERS),
  phase: oneOf(PHASES),
  stability: nullable(real()),
  difficulty: nullable(real()),
  lapses: whole(),
};
/** The first six fields are the original's. */
export const reviewAnswer = object({
  card_id: id(),
  quality: whole(),
  new_ease_factor: real(),
  new_interval: whole(),
  new_repetitions: whole(),
  next_due_date: time(),
  grade: whole(),
  ...standing,
  is_leech: truth(),
  previews,
});
export const undo = object(
  {},
  {
    review_id: text({ maxLength: 200, description: 'The Idempotency-Key of the review to take back; without it the last one.' }),
    undone_at: text({ maxLength: 64, description: 'When it was taken back, where that is not now.' }),
  },
);
export const undoAnswer = object({
  card_id: id(),
  ease_factor: real(),
  interval: whole(),
  repetitions: whole(),
  due_date: time(),
  ...standing,
});
export const marks = object(
  {},
  {
    is_suspended: truth(),
    is_buried: truth(),
    flag: whole({ minimum: 0, maximum: 7 }),
  },
);
export const marksAnswer = object({ card_id: id(), is_suspended: truth(), buried_until: nullable(time()), flag: whole() });

const share = (limits: { minimum: number; maximum: number }): Schema<number> => ({ ...real(), ...limits });
const studySettingsFields = {
  time_zone: text({ maxLength: 64, description: 'IANA name, as Europe/Berlin.' }),
  rollover_hour: whole({ minimum: 0, maximum: 23, description: 'The hour at which a study day begins.' }),
  scheduler: oneOf(SCHEDULERS),
  desired_retention: share({ minimum: 0.7, maximum: 0.99 }),
  learning_steps: text({ maxLength: 60, description: 'Minutes and hours: 1m 10m. Empty for none.' }),
  relearning_steps: text({ maxLength: 60 }),
  new_per_day: whole({ minimum: 0, maximum: 9999 }),
  reviews_per_day: whole({ minimum: 0, maximum: 9999 }),
  maximum_interval: whole({ minimum: 1, maximum: 36_500, description: 'Days.' }),
  has_fuzz: truth(),
  leech_threshold: whole({ minimum: 0, maximum: 99, description: 'Failures that make a leech; 0 for never.' }),
  suspends_leeches: truth(),
  has_two_buttons: truth(),
  has_load_balance: truth(),
  weekday_loads: {
    ...list(whole({ minimum: 0, maximum: 100 })),
    description: 'Percent of a usual day’s reviews that each weekday takes, from Monday to Sunday.',
  },
};
export const studySettingsChange = object({}, studySettingsFields);
const studyDayText = text({ description: 'A study day, as 2026-11-26.' });
const plan = { from: studyDayText, until: studyDayText, reviews_per_day: whole() };
/** New cards wait until its last day is over. */
export const catchUpPlan = object(plan);
export const studySettings = object({ version: whole(), ...studySettingsFields, catch_up: nullable(catchUpPlan) });
export const reminderSet = object({
  time: text({ minLength: 1, maxLength: 20, description: 'On the clock of one’s time zone, as 19:30.' }),
});
export const reminder = object({
  time: nullable(text({ description: 'As 19:30; null where one is not reminded.' })),
  next_at: nullable(time()),
  /** Whether this server sends mail at all. */
  mails: truth(),
});
export const reminderOff = object({ token: text({ minLength: 1, maxLength: 200 }) });
/** With each card's standing, its settings are all that the next dates follow from. */
export const studyQueue = object({
  now: time(),
  deck_ids: list(id({ description: 'The decks whose cards are asked.' })),
  counts: object({ new: whole(), learning: whole(), due: whole() }),
  waiting: whole({ description: 'Due cards of these decks that are not asked today: more than the limit of the day.' }),
  catch_up: nullable(catchUpPlan),
  next_due: nullable(time()),
  seconds_per_card: nullable(real()),
  settings: object({ version: whole(), ...studySettingsFields, weights: nullable(list(real())) }),
  load: nullable(
    object({
      from: text({ description: 'A study day, as 2026-11-26.' }),
      cards: list(whole({ description: 'Due on this day and each of the following, of all decks.' })),
    }),
  ),
  cards: list(
    object({
      id: id(),
      deck_id: id(),
      ...cardSides,
      ease_factor: real(),
      interval: whole(),
      repetitions: whole(),
      due_date: time(),
      ...standing,
      step: whole(),
      review_count: whole(),
      answered_at: nullable(time()),
      flag: whole(),
      previews,
    }),
  ),
});

const perDay = { minutes_per_day: real() };
export const workload = object({
  today: studyDayText,
  cards: whole(),
  new_cards: whole(),
  new_per_day: whole(),
  reviews_per_day: whole(),
  seconds_per_new_card: real(),
  seconds_per_card: real(),
  has_own_pace: truth(),
  desired_retention: real(),
  memorised: whole({ description: 'Cards expected to be known today: the sum of their probabilities of recall.' }),
  points: list(
    object({
      desired_retention: real(),
      months: list(
        object({
          ends: studyDayText,
          ...perDay,
          memorised: whole({ description: 'Cards expected to be known on that day.' }),
        }),
      ),
    }),
  ),
});
const expectedUntil = nullable(
  text({ description: 'The day after which nothing is overdue, without new cards; null where that takes more than a year.' }),
);
export const catchUp = object({
  today: studyDayText,
  overdue: whole({ description: 'Cards that were due before today, of all decks.' }),
  due_today: whole(),
  reviews_per_day: whole({ description: 'The limit of the settings.' }),
  usual_until: expectedUntil,
  plan: nullable(object({ ...plan, expected_until: expectedUntil })),
  options: list(object({ days: whole(), until: studyDayText, reviews_per_day: whole(), ...perDay })),
});
export const catchUpBegin = object({
  days: whole({ minimum: 1, maximum: 365, description: 'With today.' }),
  reviews_per_day: whole({ minimum: 1, maximum: 9999 }),
});

const weights = nullable(list(real()));
export const parameters = object({ weights, has_optimiser: truth() });
export const parametersChange = object({ weights });
const fitOf = nullable(object({ answers: whole(), log_loss: real(), rmse_bins: real() }));
export const userCalibration = object({ cards: whole(), own: fitOf, published: fitOf, sm2: fitOf });
export const parametersFit = object({
  learned: whole({ description: 'Answers that were learned from: the earlier four fifths.' }),
  held_out: whole({ description: 'The newest fifth, by which both were judged.' }),
  before: fitOf,
  after: fitOf,
  weights,
  is_adopted: truth(),
});

const reasons = ['inappropriate_content', 'spam', 'harassment', 'incorrect_information', 'copyright_violation', 'other'] as const;
export const reportCreate = object(
  { report_type: oneOf(['deck', 'card']), content_id: id(), reason: oneOf(reasons) },
  { description: nullable(text({ maxLength: 1000 })) },
);
export const REPORT_STATES = ['pending', 'reviewed', 'under_review', 'resolved', 'dismissed'] as const;
export const reportList = object(paging, {
  ...after,
  status_filter: oneOf(REPORT_STATES),
});
export const reportFields = {
  id: id(),
  reporter_id: id(),
  report_type: text(),
  content_id: id(),
  // Any text: reports of older versions of the original hold reasons that are no longer taken.
  reason: text(),
  description: nullable(text()),
  status: text(),
  admin_notes: nullable(text()),
  reviewed_by: nullable(id()),
  reviewed_at: nullable(time()),
  created_at: time(),
  updated_at: time(),
};
export const report = object(reportFields);
export const reports = list(report);

export const chat = object(
  { messages: list(object({ role: text(), content: text() })) },
  { stream: truth(), temperature: real(), max_tokens: whole({ minimum: 1, maximum: 4096 }) },
);
export const rewriteCard = object({ front: text(), back: text() }, { instruction: nullable(text()) });
export const autocompleteCard = object({ partial_text: text(), card_type: text() });

/** What may be chosen about a text to import; everything left out is found out. Columns count from 1. */
export const importText = object(
  {
    text: text({ description: 'CSV, tab-separated rows, Anki’s text export, Quizlet’s export, Obsidian notes or Q:/A: blocks.' }),
  },
  {
    format: oneOf(TEXT_FORMATS),
    separator: text({ minLength: 1, maxLength: 20 }),
    row_separator: text({ minLength: 1, maxLength: 20 }),
    has_header: truth(),
    front_column: whole({ minimum: 1, maximum: 1000 }),
    back_column: whole({ minimum: 1, maximum: 1000 }),
    duplicates: oneOf(DUPLICATES),
  },
);
export const importReport = object({
  format: text(),
  separator: nullable(text()),
  row_separator: nullable(text()),
  has_header: nullable(truth()),
  columns: list(text()),
  front_column: nullable(whole()),
  back_column: nullable(whole()),
  added: whole(),
  updated: whole(),
  skipped: whole({ description: 'Cards whose front the deck has already.' }),
  samples: list(object({ front: text(), back: text(), action: text() })),
  problems: list(object({ line: whole(), what: text() })),
  problem_count: whole(),
  left_out: list(text()),
});

export const importFileBegun = object({ id: text(), piece_bytes: whole({ description: 'Bytes of one piece, at most.' }) });
export const mediaName = object({}, { name: text({ maxLength: 255, description: 'What its file is called.' }) });
export const mediaPath = object({ sha256: text({ maxLength: 100, description: 'Of its bytes, in hexadecimal.' }) });
export const mediaOfCard = object(
  {},
  { card_id: idText({ description: 'The card it is shown on: for what somebody else gave.' }) },
);
export const mediaBytes = text({ description: 'The bytes, or those that Range names.' });
export const givenMedia = object({
  sha256: text(),
  address: text({ description: 'What a note says to show it: the src of an img or audio, or in Markdown ![…](address).' }),
  media_type: text(),
  byte_count: whole(),
  name: text(),
});
export const importFilePath = object({ file_id: text({ maxLength: 100 }) });
export const importPiece = object({ at: whole({ minimum: 0, description: 'Where in the file the piece begins.' }) });
export const importFileSize = object({ bytes: whole({ description: 'Bytes that are here.' }) });
export const importFileOptions = object(
  { duplicates: withDefault(oneOf(DUPLICATES), 'skip'), has_schedule: withDefault(truth(), true) },
  { deck_id: nullable(id({ description: 'The deck for all of it; the decks of the file when left out.' })) },
);
export const importFileReport = object({
  state: text({ description: '`running`: ask the same again. `done`: the report is here.' }),
  report: nullable(
    object({
      format: text(),
      decks: list(object({ id: nullable(id()), name: text(), is_new: truth() })),
      added: whole({ description: 'Notes.' }),
      updated: whole(),
      skipped: whole({ description: 'Notes that are there already.' }),
      cards: whole({ description: 'Of the new notes.' }),
      reviews: whole({ description: 'Of those cards.' }),
      media: whole({ description: 'Pictures and sounds that the notes of the file show.' }),
      samples: list(
        object({ front: text(), back: text(), front_html: nullable(text()), back_html: nullable(text()), action: text() }),
      ),
      problems: list(object({ what: text(), count: whole() })),
      problem_count: whole(),
      operation_id: nullable(id({ description: 'By which it can be taken back.' })),
    }),
  ),
});
export const deckImports = list(
  object({
    id: id({ description: 'By which it can be taken back.' }),
    imported_at: time(),
    format: text(),
    added: whole(),
    updated: whole(),
    undone_at: nullable(time()),
    kept: whole({ description: 'Of one that was taken back: notes that stayed.' }),
  }),
);

/** Every refusal: a sentence, or FastAPI's list of problems. `code` and `hint` are FlashCase's own. */
export const failure = object(
  { detail: { type: ['string', 'array'], items: { type: 'object' } } },
  { code: text(), hint: text() },
);
