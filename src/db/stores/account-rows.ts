import type { Session } from '../database.ts';
import { listCardLogs } from './study.ts';

/** Rows that are read at once. */
const PAGE = 500;

type Rows = AsyncGenerator<Record<string, unknown>>;

/** Of a table with an id the rows of a user, page by page. */
async function* ofUser(
  { kysely }: Session,
  table:
    | 'note_type'
    | 'operation'
    | 'exam'
    | 'subscription'
    | 'suggestion'
    | 'report'
    | 'moderation_event'
    | 'user_deck'
    | 'saved_search',
  column: 'user_id' | 'reporter_id' | 'admin_id',
  userId: bigint,
): Rows {
  for (let after = 0n; ; ) {
    const rows = (await kysely
      .selectFrom(table)
      .selectAll()
      .where(column as never, '=', userId as never)
      .where('id', '>', after)
      .orderBy('id')
      .limit(PAGE)
      .execute()) as { id: bigint }[];
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = last.id;
  }
}

/** Of the decks that are a user's own, those that were deleted in the last month too, their rows, notes or cards. */
async function* ofDecks({ kysely }: Session, table: 'note' | 'card', userId: bigint): Rows {
  const decks = await ownDecks({ kysely }, userId);
  for (const { id: deckId } of decks)
    for (let after = 0n; ; ) {
      const query = kysely.selectFrom(table).selectAll().where('deck_id', '=', deckId).where('id', '>', after);
      const rows = await query.orderBy('id').limit(PAGE).execute();
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) break;
      after = last.id;
    }
}

const ownDecks = ({ kysely }: Pick<Session, 'kysely'>, userId: bigint) =>
  kysely
    .selectFrom('user_deck')
    .innerJoin('deck', 'deck.id', 'user_deck.deck_id')
    .selectAll('deck')
    .where('user_deck.user_id', '=', userId)
    .where('user_deck.is_owner', '=', true)
    .orderBy('deck.id')
    .execute();

async function* tags(session: Session, userId: bigint): Rows {
  for (const { id } of await ownDecks(session, userId))
    yield* await session.kysely
      .selectFrom('note_tag')
      .innerJoin('note', 'note.id', 'note_tag.note_id')
      .selectAll('note_tag')
      .where('note.deck_id', '=', id)
      .orderBy('note_tag.note_id')
      .orderBy('note_tag.tag')
      .execute();
}

/** Where a user stands with each card, or how they came there. */
async function* studied(session: Session, table: 'card_state' | 'study_log', userId: bigint): Rows {
  for (let after = -1n; ; ) {
    const states = await session.kysely
      .selectFrom('card_state')
      .selectAll()
      .where('user_id', '=', userId)
      .where('card_id', '>', after)
      .orderBy('card_id')
      .limit(PAGE)
      .execute();
    if (table === 'card_state') yield* states;
    else
      yield* await listCardLogs(
        session,
        userId,
        states.map(({ card_id }) => card_id),
      );
    const last = states.at(-1);
    if (last === undefined || states.length < PAGE) return;
    after = last.card_id;
  }
}

/** Asked when it is read, one after the other: they share a connection. */
async function* all(ask: () => Promise<readonly Record<string, unknown>[]>): Rows {
  yield* await ask();
}

/** The decks that are a user's own and that are there. */
export const ownDeckIds = async (session: Session, userId: bigint): Promise<bigint[]> =>
  (await ownDecks(session, userId)).filter(({ deleted_at }) => deleted_at === null).map(({ id }) => id);

/**
 * Everything that is stored about a user, table by table, without what would let somebody in: hashes of passwords and tokens. What follows
 * from the rest is left out: counts, and what cards are found by.
 * @param hasWaysIn whether logins, API tokens and passkeys are listed too: no API token is to see them
 */
export function rowsOfAccount(
  session: Session,
  userId: bigint,
  { hasWaysIn }: { readonly hasWaysIn: boolean },
): readonly (readonly [table: string, rows: Rows])[] {
  const { kysely } = session;
  const mine = (table: Parameters<typeof ofUser>[1], column: Parameters<typeof ofUser>[2] = 'user_id') =>
    [table, ofUser(session, table, column, userId)] as const;
  const rows: (readonly [table: string, rows: Rows])[] = [
    [
      'user',
      all(() =>
        kysely
          .selectFrom('user')
          .select(['id', 'email', 'username', 'is_active', 'is_admin', 'created_at', 'updated_at'])
          .where('id', '=', userId)
          .execute(),
      ),
    ],
    [
      'study_settings',
      all(() => kysely.selectFrom('study_settings').selectAll().where('user_id', '=', userId).orderBy('version').execute()),
    ],
    ['deck', all(() => ownDecks(session, userId))],
    mine('user_deck'),
    mine('note_type'),
    ['note', ofDecks(session, 'note', userId)],
    ['note_tag', tags(session, userId)],
    ['card', ofDecks(session, 'card', userId)],
    ['card_state', studied(session, 'card_state', userId)],
    ['study_log', studied(session, 'study_log', userId)],
    mine('exam'),
    mine('saved_search'),
    [
      'reminder',
      all(() =>
        kysely
          .selectFrom('reminder')
          .select(['minute_of_day', 'next_at', 'mailed_at', 'ended_at', 'created_at', 'updated_at'])
          .where('user_id', '=', userId)
          .execute(),
      ),
    ],
    [
      'media_owner',
      all(() => kysely.selectFrom('media_owner').selectAll().where('user_id', '=', userId).orderBy('sha256').execute()),
    ],
    mine('subscription'),
    mine('suggestion'),
    mine('report', 'reporter_id'),
    mine('operation'),
    mine('moderation_event', 'admin_id'),
  ];
  if (hasWaysIn)
    rows.push(
      [
        'auth_session',
        all(() =>
          kysely
            .selectFrom('auth_session')
            .select(['id', 'kind', 'device', 'place', 'created_at', 'last_used_at', 'expires_at'])
            .where('user_id', '=', userId)
            .orderBy('id')
            .execute(),
        ),
      ],
      [
        'api_token',
        all(() =>
          kysely
            .selectFrom('api_token')
            .select(['id', 'name', 'scopes', 'place', 'created_at', 'last_used_at', 'expires_at'])
            .where('user_id', '=', userId)
            .orderBy('id')
            .execute(),
        ),
      ],
      [
        'passkey',
        all(() =>
          kysely
            .selectFrom('passkey')
            .select(['id', 'name', 'site', 'public_key', 'created_at', 'last_used_at'])
            .where('user_id', '=', userId)
            .orderBy('id')
            .execute(),
        ),
      ],
    );
  return rows;
}
