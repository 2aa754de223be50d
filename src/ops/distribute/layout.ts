import type { flashcase } from '../../schema/flashcase.ts';

/**
 * Where Citus keeps a table. `by user`: in shards by `user_id`, all of one user's rows on one node. `everywhere`: whole on every node, so that
 * joins and foreign keys stay local. `coordinator`: whole, on the coordinator alone.
 */
export type Placement = 'by user' | 'everywhere' | 'coordinator';

/**
 * What grows with every answer goes by user; what study data refers to, and is read with, is everywhere; the rest, which is never joined with
 * study data, stays on the coordinator, where a write costs what it did (one of a table that is everywhere waits for every node).
 * Each table is named: the compiler refuses a new one that has no place.
 */
const PLACEMENTS: Readonly<Record<keyof typeof flashcase.tables, Placement>> = {
  user: 'everywhere',
  note_type: 'everywhere',
  deck: 'everywhere',
  note: 'everywhere',
  note_tag: 'everywhere',
  card: 'everywhere',
  search_card: 'everywhere',
  deck_listing: 'everywhere',
  deck_metadata: 'everywhere',
  // As rare a write as a deck, and asked for by deck as often as by user.
  user_deck: 'everywhere',
  study_settings: 'by user',
  card_state: 'by user',
  review_receipt: 'by user',
  user_deck_stats: 'by user',
  review_counts: 'by user',
  study_log: 'by user',
  operation: 'coordinator',
  operation_part: 'coordinator',
  exam: 'coordinator',
  subscription: 'coordinator',
  subscription_note: 'coordinator',
  suggestion: 'coordinator',
  moderation_event: 'coordinator',
  audit_event: 'coordinator',
  media: 'coordinator',
  media_part: 'coordinator',
  media_owner: 'coordinator',
  saved_search: 'coordinator',
  reminder: 'coordinator',
  report: 'coordinator',
  auth_session: 'coordinator',
  api_token: 'coordinator',
  passkey: 'coordinator',
  one_time_token: 'coordinator',
  rate_limit: 'coordinator',
  upkeep_run: 'coordinator',
  size_sample: 'coordinator',
  write_gate: 'coordinator',
  quarantine: 'coordinator',
};

export interface PlacedTable {
  readonly name: string;
  readonly placement: Placement;
}

/** Every table with its place, in the order in which they are distributed: what others refer to comes first. */
export const LAYOUT: readonly PlacedTable[] = Object.entries(PLACEMENTS).map(([name, placement]) => ({ name, placement }));

/** The column that decides on which node a row by user lies. */
export const DISTRIBUTION_COLUMN = 'user_id';
