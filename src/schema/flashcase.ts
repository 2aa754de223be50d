import { boolean, bytes, float64, generatedId, int32, int64, text, timestamp } from './column.ts';
import { schema, type TablesOf, table } from './table.ts';

/**
 * FlashCase's tables. The six models carry the guide's names and columns (user, deck, card, deck_metadata, study_log, user_deck);
 * `school … year`, `is_admin`, `repetitions, last_rating, due_date` and `report` are the original app's later additions.
 * Tables of study data start their PostgreSQL key with `user_id`, so that they can be partitioned and distributed later
 * without a rewrite.
 */

const user = table('user', {
  columns: {
    id: generatedId(),
    email: text(),
    username: text(),
    hashed_password: text(),
    is_active: boolean({ default: true }),
    is_admin: boolean({ default: false }),
    /** Cards they may have at most in decks of their own; NULL for what everybody may (MAX_CARDS_PER_USER). */
    max_cards: int32({ nullable: true }),
    created_at: timestamp(),
    updated_at: timestamp(),
  },
  primaryKey: ['id'],
  uniqueIndexes: { ix_user_email: ['email'], ix_user_username: ['username'] },
});

const deck = table('deck', {
  columns: {
    id: generatedId(),
    name: text(),
    description: text({ nullable: true }),
    is_public: boolean({ default: false }),
    school: text({ nullable: true }),
    course: text({ nullable: true }),
    professor: text({ nullable: true }),
    year: int32({ nullable: true }),
    created_at: timestamp(),
    updated_at: timestamp(),
    /** A deleted deck is marked and purged later; its reviews stay. */
    deleted_at: timestamp({ nullable: true }),
    /** Taken from everybody but its owner by a moderator, public or not. */
    hidden_at: timestamp({ nullable: true }),
  },
  primaryKey: ['id'],
  indexes: {
    ix_deck_name: ['name'],
    ix_deck_school: ['school'],
    ix_deck_course: ['course'],
    ix_deck_professor: ['professor'],
    ix_deck_year: ['year'],
    /** Few are public, and Discover asks for those alone. */
    ix_deck_is_public: { columns: ['id'], where: 'is_public' },
  },
});

/**
 * What Discover orders and finds a deck by that was ever public: written with the deck, and made anew where a server of an older version
 * wrote it (services/listings.ts). Who may see the deck the deck itself says.
 */
const deckListing = table('deck_listing', {
  columns: {
    deck_id: int64(),
    /** When it first became public: who makes it private and public again does not come first by that. */
    published_at: timestamp(),
    /** Copies that others made of it, by clones and subscriptions. */
    copy_count: int32({ default: 0 }),
    /** The words of its name, description and facets, each between spaces. */
    words: text(),
    /** `updated_at` of the deck as it was read. */
    deck_updated_at: timestamp(),
  },
  // No reference to the deck: servers of older versions remove decks, and do not know of this.
  primaryKey: ['deck_id'],
  indexes: {
    ix_deck_listing_published_at: ['published_at', 'deck_id'],
    ix_deck_listing_copy_count: ['copy_count', 'deck_id'],
  },
});

/** A note type that a user brought, as from an imported package. FlashCase's own are code (notes/note-types.ts). */
const noteType = table('note_type', {
  columns: {
    id: generatedId(),
    user_id: int64(),
    name: text(),
    kind: text(),
    /** JSON: the names of its fields in their order. */
    fields: text(),
    /** JSON: name, front and back of each of its cards. */
    templates: text(),
    /** Its style sheet, for exports; the page never uses it. */
    css: text({ nullable: true }),
    created_at: timestamp(),
    updated_at: timestamp(),
    deleted_at: timestamp({ nullable: true }),
  },
  primaryKey: ['id'],
  indexes: { ix_note_type_user_id: ['user_id', 'id'] },
  references: { user_id: 'user.id' },
});

/** What its cards are made from. */
const note = table('note', {
  columns: {
    id: generatedId(),
    deck_id: int64(),
    /** The name of one of FlashCase's own types, or `own` with `note_type_id`. No list here: each release may bring another type. */
    type: text(),
    note_type_id: int64({ nullable: true }),
    format: text({ oneOf: ['text', 'html', 'markdown'] }),
    /** JSON: field to value, HTML sanitised. */
    fields: text(),
    /** JSON: which card each line has, on types with a card a line (notes/elements.ts). */
    elements: text({ nullable: true }),
    /** The note's name over imports and exports. */
    guid: text(),
    /** Hash of what the first field says; equal in notes that repeat each other. */
    duplicate_key: text({ nullable: true }),
    created_at: timestamp(),
    updated_at: timestamp(),
    deleted_at: timestamp({ nullable: true }),
  },
  primaryKey: ['id'],
  indexes: {
    ix_note_deck_id: ['deck_id', 'id'],
    ix_note_duplicate_key: ['deck_id', 'duplicate_key'],
    ix_note_guid: ['guid'],
    ix_note_note_type_id: ['note_type_id'],
  },
  references: { deck_id: 'deck.id', note_type_id: 'note_type.id' },
});

/** A tag of a note, a row each, so that both engines find notes by it. */
const noteTag = table('note_tag', {
  columns: { note_id: int64(), tag: text() },
  primaryKey: ['note_id', 'tag'],
  indexes: { ix_note_tag_tag: ['tag', 'note_id'] },
  references: { note_id: 'note.id' },
});

/**
 * One question. `front` and `back` are plain text for every reader. A card of a note is made from it when the note is saved; a card
 * without one stands for itself.
 */
const card = table('card', {
  columns: {
    id: generatedId(),
    deck_id: int64(),
    front: text(),
    back: text(),
    created_at: timestamp(),
    updated_at: timestamp(),
    deleted_at: timestamp({ nullable: true }),
    note_id: int64({ nullable: true }),
    /** Which card of its note this is: the template, the gap less one, the line. */
    ordinal: int32({ nullable: true }),
    /** The sides as sanitised HTML, where they are more than text. */
    front_html: text({ nullable: true }),
    back_html: text({ nullable: true }),
    /** What is to be typed, on cards whose answer is. */
    answer: text({ nullable: true }),
  },
  primaryKey: ['id'],
  indexes: { ix_card_deck_id: ['deck_id', 'id'], idx_card_deck_created: ['deck_id', '-created_at'] },
  uniqueIndexes: { ix_card_note_id: { columns: ['note_id', 'ordinal'], where: 'note_id IS NOT NULL' } },
  references: { deck_id: 'deck.id', note_id: 'note.id' },
});

/**
 * What a card is found by, as tokens (search/document.ts): written with the card, and made anew where a server of an older version wrote
 * it (services/search-upkeep.ts). Each engine keeps its own full-text index of it (db/stores/search-index.ts).
 */
const searchCard = table('search_card', {
  columns: {
    card_id: int64(),
    words: text(),
    /** `updated_at` of the card as it was read. */
    card_updated_at: timestamp(),
  },
  // No reference to the card: servers of older versions remove cards, and do not know of this.
  primaryKey: ['card_id'],
});

const deckMetadata = table('deck_metadata', {
  columns: {
    id: generatedId(),
    deck_id: int64(),
    card_count: int32({ default: 0 }),
    total_reviews: int32({ default: 0 }),
    average_rating: float64({ nullable: true }),
    last_studied: timestamp({ nullable: true }),
    created_at: timestamp(),
    updated_at: timestamp(),
  },
  primaryKey: ['id'],
  uniqueIndexes: { ix_deck_metadata_deck_id: ['deck_id'] },
  references: { deck_id: 'deck.id' },
});

const userDeck = table('user_deck', {
  columns: {
    id: generatedId(),
    user_id: int64(),
    deck_id: int64(),
    is_owner: boolean({ default: false }),
    is_favorite: boolean({ default: false }),
    added_at: timestamp(),
  },
  primaryKey: ['id'],
  partitionedKey: ['user_id', 'id'],
  uniques: { unique_user_deck: ['user_id', 'deck_id'] },
  indexes: { ix_user_deck_deck_id: ['deck_id'] },
  references: { user_id: 'user.id', deck_id: 'deck.id' },
});

/**
 * One row a review; what was answered is never changed. What follows from the answers before it is written anew where one that was given
 * earlier comes late. `card_state` follows from it. Only an import that is taken back removes rows: its own, of cards that nobody has
 * studied since (services/undo-import.ts).
 */
const studyLog = table('study_log', {
  columns: {
    id: generatedId(),
    user_id: int64(),
    card_id: int64(),
    reviewed_at: timestamp(),
    ease_factor: float64(),
    interval: int32(),
    /** NULL only for reviews of the first version of the original app whose replay is ambiguous. */
    repetitions: int32({ nullable: true }),
    last_rating: int32({ nullable: true }),
    due_date: timestamp(),
    next_review: timestamp(),
    created_at: timestamp(),
    /** The client's id of this review; a retry finds its first answer by it. */
    idempotency_id: text({ nullable: true }),
    /** From here on: what a replay needs. NULL in rows of release 0.1, which knew SM-2 only; the row itself is then what it led to. */
    kind: text({ nullable: true, oneOf: ['new', 'learn', 'review', 'relearn', 'cram', 'manual', 'undo'] }),
    scheduler: text({ nullable: true, oneOf: ['sm2', 'fsrs-6'] }),
    /** 1 Again, 2 Hard, 3 Good, 4 Easy; `last_rating` keeps the quality. */
    grade: int32({ nullable: true }),
    /** Which `study_settings` it was answered under. */
    settings_version: int32({ nullable: true }),
    /** Study days since the last answer in effect, as the student's time zone had them then. */
    elapsed_days: int32({ nullable: true }),
    /** From the question to the grade, as the client measured it. */
    duration_ms: int32({ nullable: true }),
    /** The row that an `undo` takes back. */
    undoes: int64({ nullable: true }),
    /** Where the card stood afterwards, as in `card_state`. */
    phase: text({ nullable: true, oneOf: ['new', 'learning', 'review', 'relearning'] }),
    step: int32({ nullable: true }),
    stability: float64({ nullable: true }),
    difficulty: float64({ nullable: true }),
    lapses: int32({ nullable: true }),
    review_count: int32({ nullable: true }),
  },
  primaryKey: ['id'],
  partitionedKey: ['user_id', 'reviewed_at', 'id'],
  indexes: {
    idx_study_log_user_next_review: ['user_id', 'next_review'],
    ix_study_log_user_card: ['user_id', 'card_id', 'reviewed_at'],
    ix_study_log_card_id: ['card_id'],
    ix_study_log_reviewed_at: ['reviewed_at'],
  },
  references: { user_id: 'user.id', card_id: 'card.id' },
});

/** Where a user stands with a card: written with each `study_log` row, recomputable from them. */
const cardState = table('card_state', {
  columns: {
    user_id: int64(),
    card_id: int64(),
    ease_factor: float64(),
    interval: int32(),
    repetitions: int32(),
    last_rating: int32({ nullable: true }),
    next_review: timestamp(),
    /** Time of the newest row of the card's log: the next one comes after it. */
    last_reviewed_at: timestamp(),
    /** Answers in effect. */
    review_count: int32(),
    /** From here on NULL in rows of release 0.1, which knew SM-2 only. */
    scheduler: text({ nullable: true, oneOf: ['sm2', 'fsrs-6'] }),
    phase: text({ nullable: true, oneOf: ['new', 'learning', 'review', 'relearning'] }),
    step: int32({ nullable: true }),
    /** FSRS's memory; NULL after answers by SM-2. */
    stability: float64({ nullable: true }),
    difficulty: float64({ nullable: true }),
    lapses: int32({ nullable: true }),
    /** Time of the last answer in effect: those taken back do not count. */
    answered_at: timestamp({ nullable: true }),
    /** `last_reviewed_at` as it was when these columns were written: a server of release 0.1 that reviews leaves it behind. */
    standing_at: timestamp({ nullable: true }),
    /** Not asked until its student says so. */
    is_suspended: boolean({ default: false }),
    /** Not asked before this. */
    buried_until: timestamp({ nullable: true }),
    /** A mark of the student's, 1 to 7; 0 for none. */
    flag: int32({ default: 0 }),
  },
  primaryKey: ['user_id', 'card_id'],
  indexes: { idx_card_state_user_next_review: ['user_id', 'next_review', 'card_id'], ix_card_state_card_id: ['card_id'] },
  references: { user_id: 'user.id', card_id: 'card.id' },
});

/** How a user studies. Append-only as the log: a change is a new version, the highest is in force, and each review names its own. */
const studySettings = table('study_settings', {
  columns: {
    user_id: int64(),
    version: int32(),
    /** IANA name. */
    time_zone: text(),
    /** The hour at which a study day begins. */
    rollover_hour: int32(),
    scheduler: text({ oneOf: ['sm2', 'fsrs-6'] }),
    desired_retention: float64(),
    /** As people write them: `1m 10m`. */
    learning_steps: text(),
    relearning_steps: text(),
    new_per_day: int32(),
    reviews_per_day: int32(),
    /** Days. */
    maximum_interval: int32(),
    has_fuzz: boolean(),
    /** JSON: the 21 weights of FSRS-6; NULL for the published ones. */
    weights: text({ nullable: true }),
    /** Failures that make a leech; 0 for never. */
    leech_threshold: int32(),
    suspends_leeches: boolean(),
    created_at: timestamp(),
    /** Forgot and Got it, which are Again and Good, in place of the four. */
    has_two_buttons: boolean({ default: false }),
    /** Days with fewer cards are likelier. */
    has_load_balance: boolean({ default: false }),
    /** Percent of a usual day's reviews, from Monday to Sunday. */
    weekday_loads: text({ default: '100 100 100 100 100 100 100' }),
    /** A plan to catch up: study days, and reviews a day, which take the place of the limit until then. */
    catch_up_from: int32({ nullable: true }),
    catch_up_until: int32({ nullable: true }),
    catch_up_per_day: int32({ nullable: true }),
  },
  primaryKey: ['user_id', 'version'],
  references: { user_id: 'user.id' },
});

/**
 * The unique side of `study_log.idempotency_id`: a partitioned table cannot carry a unique key without its partition column,
 * so the key lives here, beside the review it answered.
 */
const reviewReceipt = table('review_receipt', {
  columns: { user_id: int64(), idempotency_id: text(), study_log_id: int64(), reviewed_at: timestamp() },
  primaryKey: ['user_id', 'idempotency_id'],
  references: { user_id: 'user.id' },
});

/** Per-review counters of one user in one deck: no review waits for another user's. They feed `deck_metadata`. */
const userDeckStats = table('user_deck_stats', {
  columns: {
    user_id: int64(),
    deck_id: int64(),
    review_count: int32(),
    rating_count: int32(),
    rating_sum: int64(),
    last_studied: timestamp({ nullable: true }),
  },
  primaryKey: ['user_id', 'deck_id'],
  indexes: { ix_user_deck_stats_deck_id: ['deck_id'] },
  references: { user_id: 'user.id', deck_id: 'deck.id' },
});

/**
 * Reviews of one user by UTC quarter hour: written with each `study_log` row, recomputable from them (`flashcase study counts`).
 * Statistics read these: any time zone can be told from them, and a year is a few thousand rows instead of all its reviews.
 */
const reviewCounts = table('review_counts', {
  columns: {
    user_id: int64(),
    /** Quarter hours since 1970-01-01 UTC. */
    quarter_hour: int32(),
    deck_id: int64(),
    /**
     * Quarter hours since the card's review before, for young and mature cards: tells in each zone which review was the card's first on its
     * day. 104, more than any day has, for longer ago and for all others.
     */
    gap_quarters: int32(),
    /** How well the card was known before the review, and the button. */
    new_again: int32({ default: 0 }),
    new_hard: int32({ default: 0 }),
    new_good: int32({ default: 0 }),
    new_easy: int32({ default: 0 }),
    learning_again: int32({ default: 0 }),
    learning_hard: int32({ default: 0 }),
    learning_good: int32({ default: 0 }),
    learning_easy: int32({ default: 0 }),
    young_again: int32({ default: 0 }),
    young_hard: int32({ default: 0 }),
    young_good: int32({ default: 0 }),
    young_easy: int32({ default: 0 }),
    mature_again: int32({ default: 0 }),
    mature_hard: int32({ default: 0 }),
    mature_good: int32({ default: 0 }),
    mature_easy: int32({ default: 0 }),
    /** Reviews of which the log does not tell the button. */
    unrated: int32({ default: 0 }),
    spent_ms: int64({ default: 0 }),
  },
  primaryKey: ['user_id', 'quarter_hour', 'deck_id', 'gap_quarters'],
  // None to the deck: one with reviews is never removed, and an index for the check would cost every review a write.
  references: { user_id: 'user.id' },
});

/** A change that can be taken back for a month, (services/undo.ts). Answers are not among them: see `study_log`. */
const operation = table('operation', {
  columns: {
    id: generatedId(),
    user_id: int64(),
    /** What was done. No list here: each release may bring another. */
    name: text(),
    /** The deck, note or card it was done to. */
    target_id: int64(),
    /** JSON: what taking it back needs: what was before, and what it left, which must still be so. */
    inverse: text(),
    created_at: timestamp(),
    undone_at: timestamp({ nullable: true }),
  },
  primaryKey: ['id'],
  indexes: { ix_operation_user_id: ['user_id', 'id'], ix_operation_created_at: ['created_at'] },
  references: { user_id: 'user.id' },
});

/**
 * An examination that somebody studies for. Until its day has passed it decides what is asked of its cards (services/exam-queue.ts); then
 * everything is as it was without it.
 */
const exam = table('exam', {
  columns: {
    id: generatedId(),
    user_id: int64(),
    name: text(),
    /** A study day of its student, days since 1970-01-01. */
    exam_day: int32(),
    /** JSON: ids of the decks; empty for all that the student keeps. No references: a deck that is gone is left out. */
    decks: text(),
    /** JSON: tags, one of which its cards have; empty for all cards of the decks. */
    tags: text(),
    target_recall: float64(),
    minutes_per_day: int32(),
    /** Its student needs it no longer; before its day. */
    ended_at: timestamp({ nullable: true }),
    created_at: timestamp(),
    updated_at: timestamp(),
    deleted_at: timestamp({ nullable: true }),
  },
  primaryKey: ['id'],
  indexes: { ix_exam_user_id: ['user_id', 'exam_day'] },
  references: { user_id: 'user.id' },
});

/**
 * A deck of a user's own that follows a public one. Who publishes writes nothing for it: an update is found by comparing. No reference to
 * either deck: servers of older versions remove decks, and the source may go while the copy stays.
 */
const subscription = table('subscription', {
  columns: {
    id: generatedId(),
    user_id: int64(),
    /** The copy. */
    deck_id: int64(),
    source_deck_id: int64(),
    /** As the source was called when something was last taken from it. */
    source_name: text(),
    created_at: timestamp(),
    /** When something was last taken. */
    updated_at: timestamp(),
    ended_at: timestamp({ nullable: true }),
  },
  primaryKey: ['id'],
  uniqueIndexes: {
    ix_subscription_user_id: { columns: ['user_id', 'source_deck_id'], where: 'ended_at IS NULL' },
    ix_subscription_deck_id: { columns: ['deck_id'], where: 'ended_at IS NULL' },
  },
  references: { user_id: 'user.id' },
});

/** From which note of the source, and which version of it, a note of a subscription comes. */
const subscriptionNote = table('subscription_note', {
  columns: {
    subscription_id: int64(),
    /** A card without a note is followed too; the copy has a note of it. */
    source_kind: text({ oneOf: ['note', 'card'] }),
    source_id: int64(),
    /** The subscriber's own. It may have been deleted, and then does not come again. */
    note_id: int64(),
    /** The version that was taken: `updated_at` of the source. */
    source_updated_at: timestamp(),
    /** JSON: what was taken, by its hashes (notes/merge-note.ts). */
    taken: text(),
    /** When the subscriber was told that the source has it no more. */
    removed_at: timestamp({ nullable: true }),
  },
  primaryKey: ['subscription_id', 'source_kind', 'source_id'],
  indexes: { ix_subscription_note_note_id: ['note_id'] },
  references: { subscription_id: 'subscription.id' },
});

/** A change of a note that a subscriber proposes to who publishes it. */
const suggestion = table('suggestion', {
  columns: {
    id: generatedId(),
    user_id: int64(),
    /** The public deck. */
    deck_id: int64(),
    source_kind: text({ oneOf: ['note', 'card'] }),
    source_id: int64(),
    /** JSON: field to what stood there and what is to stand there. */
    changes: text(),
    comment: text({ nullable: true }),
    status: text({ oneOf: ['open', 'accepted', 'declined', 'withdrawn'] }),
    /** A word of the publisher's. */
    answer: text({ nullable: true }),
    created_at: timestamp(),
    answered_at: timestamp({ nullable: true }),
  },
  primaryKey: ['id'],
  indexes: { ix_suggestion_deck_id: ['deck_id', 'id'], ix_suggestion_user_id: ['user_id', 'id'] },
  references: { user_id: 'user.id' },
});

/** Append-only: what a moderator did to a deck or a report, and why. */
const moderationEvent = table('moderation_event', {
  columns: {
    id: generatedId(),
    admin_id: int64(),
    action: text({ oneOf: ['hide', 'unhide', 'dismiss'] }),
    deck_id: int64(),
    report_id: int64({ nullable: true }),
    why: text(),
    created_at: timestamp(),
  },
  primaryKey: ['id'],
  indexes: { ix_moderation_event_deck_id: ['deck_id', 'id'] },
  references: { admin_id: 'user.id' },
});

/**
 * Append-only: what operators did, each step by what it began with and how it ended. No reference to the account: the trail outlives it.
 * `previous` and `chain` bind each event to all before it (ops/audit/chain.ts).
 */
const auditEvent = table('audit_event', {
  columns: {
    id: generatedId(),
    /** Given where it happened: what waited in a journal is taken in once. */
    event_id: text(),
    step_id: text(),
    kind: text({ oneOf: ['begun', 'ended'] }),
    happened_at: timestamp(),
    /** `db upgrade`, `POST /move/cutover`. */
    command: text(),
    /** Who typed it, as the operating system calls them; NULL for an administrator's step on the page. */
    os_user: text({ nullable: true }),
    /** Whose step on the page it was. */
    account_id: int64({ nullable: true }),
    /** Host and pid. */
    process: text(),
    /** JSON: what it was given, secrets taken out; or how it ended. */
    details: text(),
    /** The chain of the event before. Unique: two that follow the same one cannot both be kept. */
    previous: text(),
    chain: text(),
  },
  primaryKey: ['id'],
  uniqueIndexes: { ix_audit_event_event_id: ['event_id'], ix_audit_event_previous: ['previous'] },
});

/** What taking a large operation back needs, in pieces: an import may have added a hundred thousand notes (services/import-journal.ts). */
const operationPart = table('operation_part', {
  columns: {
    // No reference: servers of older versions forget operations, and do not know of this.
    operation_id: int64(),
    part: int32(),
    /** JSON. */
    content: text(),
  },
  primaryKey: ['operation_id', 'part'],
});

/**
 * A picture or sound of notes, by its content: what several people or notes have is here once. Notes say its hash in their texts, and
 * nothing else tells who needs it (services/media-upkeep.ts).
 */
const media = table('media', {
  columns: {
    /** SHA-256 of its bytes, in hexadecimal. */
    sha256: text(),
    media_type: text(),
    byte_count: int32(),
    created_at: timestamp(),
    /** When somebody last gave it to this server. */
    updated_at: timestamp(),
  },
  primaryKey: ['sha256'],
});

/** The bytes of it, in pieces that a row, a move and a backup take with ease. */
const mediaPart = table('media_part', {
  columns: { sha256: text(), part: int32(), part_bytes: bytes() },
  primaryKey: ['sha256', 'part'],
  references: { sha256: 'media.sha256' },
});

/** Who gave it to this server, and what they called it. */
const mediaOwner = table('media_owner', {
  columns: { user_id: int64(), sha256: text(), name: text(), created_at: timestamp() },
  primaryKey: ['user_id', 'sha256'],
  indexes: { ix_media_owner_sha256: ['sha256'] },
  references: { user_id: 'user.id', sha256: 'media.sha256' },
});

/** A query of the card browser that a user keeps under a name. */
const savedSearch = table('saved_search', {
  columns: {
    id: generatedId(),
    user_id: int64(),
    name: text(),
    /** In the search language (search/query.ts), as it was typed. */
    query: text(),
    /** An order of the card browser. No list here: each release may bring another. */
    sort: text(),
    created_at: timestamp(),
    updated_at: timestamp(),
    deleted_at: timestamp({ nullable: true }),
  },
  primaryKey: ['id'],
  indexes: { ix_saved_search_user_id: ['user_id', 'id'] },
  references: { user_id: 'user.id' },
});

/**
 * A mail a day to who wants to be reminded of what is due. A row is of an address, not of an account: what was mailed there, and that nobody there wants such
 * mails, stays true when the reminder is switched off and when the account is deleted and made anew.
 */
const reminder = table('reminder', {
  columns: {
    /** SHA-256 of the address. */
    address_hash: text(),
    /** NULL after the account was deleted. */
    user_id: int64({ nullable: true }),
    /** Since midnight, on the clock of their time zone. */
    minute_of_day: int32(),
    /** When it is looked whether there is something to say; NULL where nobody is reminded. */
    next_at: timestamp({ nullable: true }),
    /** Of this day's mail, so far without success. */
    tries: int32({ default: 0 }),
    /** Whoever has it, from a mail, can end the reminders and nothing else: kept as it is, each mail has it again. */
    off_token: text(),
    mailed_at: timestamp({ nullable: true }),
    /** By the link of a mail: until whoever gets the mail of this address says otherwise, none is sent. */
    ended_at: timestamp({ nullable: true }),
    created_at: timestamp(),
    updated_at: timestamp(),
  },
  primaryKey: ['address_hash'],
  uniqueIndexes: { ix_reminder_off_token: ['off_token'], ix_reminder_user_id: ['user_id'] },
  indexes: { ix_reminder_next_at: ['next_at'] },
  references: { user_id: 'user.id' },
});

const report = table('report', {
  columns: {
    id: generatedId(),
    reporter_id: int64(),
    report_type: text({ oneOf: ['DECK', 'CARD'] }),
    content_id: int64(),
    reason: text(),
    description: text({ nullable: true }),
    status: text({ oneOf: ['PENDING', 'REVIEWED', 'UNDER_REVIEW', 'RESOLVED', 'DISMISSED'] }),
    admin_notes: text({ nullable: true }),
    reviewed_by: int64({ nullable: true }),
    reviewed_at: timestamp({ nullable: true }),
    created_at: timestamp(),
    updated_at: timestamp(),
  },
  primaryKey: ['id'],
  indexes: {
    ix_report_reporter_id: ['reporter_id'],
    ix_report_content_id: ['content_id'],
    ix_report_status: ['status'],
  },
  references: { reporter_id: 'user.id', reviewed_by: 'user.id' },
});

/** A login: an opaque token, stored as its SHA-256 only. */
const authSession = table('auth_session', {
  columns: {
    id: generatedId(),
    user_id: int64(),
    token_hash: text(),
    kind: text({ oneOf: ['web', 'api'] }),
    created_at: timestamp(),
    last_used_at: timestamp(),
    expires_at: timestamp(),
    /** What its user is shown it by, as `Firefox on Windows`; NULL where a server of an older version opened it. */
    device: text({ nullable: true }),
    /** Where it was used last: the network, not the address. */
    place: text({ nullable: true }),
  },
  primaryKey: ['id'],
  uniqueIndexes: { ix_auth_session_token_hash: ['token_hash'] },
  indexes: { ix_auth_session_user_id: ['user_id'], ix_auth_session_expires_at: ['expires_at'] },
  references: { user_id: 'user.id' },
});

/**
 * A token of a program, stored as its SHA-256 only. Not a login with less in it: a server of an older version would take it for a whole one.
 */
const apiToken = table('api_token', {
  columns: {
    id: generatedId(),
    user_id: int64(),
    token_hash: text(),
    name: text(),
    /** What it may do, with spaces between. No list here: each release may bring another. */
    scopes: text(),
    created_at: timestamp(),
    last_used_at: timestamp({ nullable: true }),
    /** NULL: it does not end by itself. */
    expires_at: timestamp({ nullable: true }),
    place: text({ nullable: true }),
  },
  primaryKey: ['id'],
  uniqueIndexes: { ix_api_token_token_hash: ['token_hash'] },
  indexes: { ix_api_token_user_id: ['user_id', 'id'] },
  references: { user_id: 'user.id' },
});

/** A passkey (WebAuthn): a way in without a password. */
const passkey = table('passkey', {
  columns: {
    id: generatedId(),
    user_id: int64(),
    /** By which a device knows it; base64url. */
    credential_id: text(),
    /** COSE, base64url. What is secret of a passkey never leaves its device. */
    public_key: text(),
    /** Rises with each use, on devices that count. */
    sign_count: int64(),
    transports: text({ nullable: true }),
    /** The name of the site it was made for, and works at. */
    site: text(),
    name: text(),
    created_at: timestamp(),
    last_used_at: timestamp({ nullable: true }),
  },
  primaryKey: ['id'],
  uniqueIndexes: { ix_passkey_credential_id: ['credential_id'] },
  indexes: { ix_passkey_user_id: ['user_id', 'id'] },
  references: { user_id: 'user.id' },
});

/** What is good for one use: a link that sets a password, a question to a passkey. Stored as its SHA-256 only. */
const oneTimeToken = table('one_time_token', {
  columns: {
    id: generatedId(),
    /** What it is for. No list here: each release may bring another. */
    purpose: text(),
    /** NULL where it is not known yet whose it is. */
    user_id: int64({ nullable: true }),
    token_hash: text(),
    created_at: timestamp(),
    expires_at: timestamp(),
  },
  primaryKey: ['id'],
  uniqueIndexes: { ix_one_time_token_token_hash: ['token_hash'] },
  indexes: { ix_one_time_token_user_id: ['user_id'], ix_one_time_token_expires_at: ['expires_at'] },
  references: { user_id: 'user.id' },
});

/** Counters of limits, shared by all servers and kept over restarts: failed logins per account and per address. */
const rateLimit = table('rate_limit', {
  columns: { subject: text(), hits: int32(), window_started_at: timestamp(), blocked_until: timestamp({ nullable: true }) },
  primaryKey: ['subject'],
});

/** One row: may this database be written, and in which epoch. Read inside every write transaction. */
const writeGate = table('write_gate', {
  columns: {
    id: int64(),
    state: text({ oneOf: ['open', 'holding', 'moved'], default: 'open' }),
    epoch: int64(),
    changed_at: timestamp(),
    changed_by: text(),
    /** Where the data went when `moved`, without a password. */
    moved_to: text({ nullable: true }),
  },
  primaryKey: ['id'],
  checks: { write_gate_single_row: 'id = 1' },
});

/** Rows that could not stay where they were: their exact stored cells, the reason, and what became of them. */
const quarantine = table('quarantine', {
  columns: {
    id: generatedId(),
    table_name: text(),
    /** JSON: key column to typed cell. */
    row_key: text(),
    /** A stable code: orphan, nul_character, invalid_utf8, … */
    reason: text(),
    /** One sentence for people. */
    detail: text(),
    /** JSON: column to typed cell; every stored bit of the row (docs in db/stores/quarantine.ts). */
    cells: text(),
    /** The adoption or move that put it here. */
    run_id: text(),
    quarantined_at: timestamp(),
    restored_at: timestamp({ nullable: true }),
    discarded_at: timestamp({ nullable: true }),
  },
  primaryKey: ['id'],
  indexes: { ix_quarantine_table_name: ['table_name', 'id'] },
});

/** What upkeep a server did by its schedule (MAINTAIN_SCHEDULE): a row a time it was due. Who has the row does it. */
const upkeepRun = table('upkeep_run', {
  columns: {
    slot_at: timestamp(),
    host: text(),
    claimed_at: timestamp(),
    ended_at: timestamp({ nullable: true }),
    went_well: boolean({ nullable: true }),
    /** What was done, for people. */
    told: text({ nullable: true }),
  },
  primaryKey: ['slot_at'],
});

/** How large the database, its tables and indexes were on a day (UTC), as each engine says it: what growth is foretold from. */
const sizeSample = table('size_sample', {
  columns: {
    taken_on: text(),
    engine_name: text(),
    object_kind: text({ oneOf: ['database', 'table', 'index'] }),
    object_name: text(),
    object_rows: int64({ nullable: true }),
    object_bytes: int64(),
  },
  primaryKey: ['taken_on', 'engine_name', 'object_kind', 'object_name'],
});

export const flashcase = schema({
  user,
  deck,
  deck_listing: deckListing,
  note_type: noteType,
  note,
  note_tag: noteTag,
  card,
  search_card: searchCard,
  deck_metadata: deckMetadata,
  user_deck: userDeck,
  study_log: studyLog,
  card_state: cardState,
  study_settings: studySettings,
  review_receipt: reviewReceipt,
  user_deck_stats: userDeckStats,
  review_counts: reviewCounts,
  operation,
  exam,
  subscription,
  subscription_note: subscriptionNote,
  suggestion,
  moderation_event: moderationEvent,
  operation_part: operationPart,
  audit_event: auditEvent,
  media,
  media_part: mediaPart,
  media_owner: mediaOwner,
  saved_search: savedSearch,
  reminder,
  report,
  auth_session: authSession,
  api_token: apiToken,
  passkey,
  one_time_token: oneTimeToken,
  rate_limit: rateLimit,
  upkeep_run: upkeepRun,
  size_sample: sizeSample,
  write_gate: writeGate,
  quarantine,
});

export type FlashcaseTables = TablesOf<typeof flashcase>;
