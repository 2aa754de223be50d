import type { Kysely } from 'kysely';
import type { FlashcaseTables } from '../../schema/flashcase.ts';
import type { AdoptionContext } from './context.ts';
import type { AdoptionReport } from './report.ts';

/**
 * The original never checked who owns a deck. Now only holders read a private one and only owners change any, so:
 * - whoever studied a private deck without holding it gets a non-owner row and keeps it;
 * - a deck without an owner is given to, in this order: the user with the most reviews in it, the one who has held it longest, the
 *   first admin, the user with the lowest id. Each is named in the report.
 */
export async function settleOwners({
  connection,
  clock,
}: AdoptionContext): Promise<Pick<AdoptionReport, 'keptDecks' | 'assignedDecks' | 'ownerlessDecks'>> {
  const db = connection.kysely as unknown as Kysely<FlashcaseTables>;
  const unheld = await db
    .selectFrom('user_deck_stats')
    .innerJoin('deck', 'deck.id', 'user_deck_stats.deck_id')
    .leftJoin('user_deck', (join) =>
      join.onRef('user_deck.user_id', '=', 'user_deck_stats.user_id').onRef('user_deck.deck_id', '=', 'user_deck_stats.deck_id'),
    )
    .select(['user_deck_stats.user_id', 'user_deck_stats.deck_id'])
    .where('deck.is_public', '=', false)
    .where('user_deck.id', 'is', null)
    .orderBy('user_deck_stats.deck_id')
    .orderBy('user_deck_stats.user_id')
    .execute();
  for (const row of unheld)
    await db
      .insertInto('user_deck')
      .values({ ...row, added_at: clock.now() })
      .execute();

  const ownerless = await db
    .selectFrom('deck')
    .select('id')
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('user_deck')
            .select('user_deck.id')
            .whereRef('user_deck.deck_id', '=', 'deck.id')
            .where('user_deck.is_owner', '=', true),
        ),
      ),
    )
    .orderBy('id')
    .execute();
  const [fallback] = await db
    .selectFrom('user')
    .select(['id', 'is_admin'])
    .orderBy('is_admin', 'desc')
    .orderBy('id')
    .limit(1)
    .execute();
  const assignedDecks: { deckId: bigint; userId: bigint; rule: string }[] = [];
  const ownerlessDecks: bigint[] = [];
  for (const { id: deckId } of ownerless) {
    const [student] = await db
      .selectFrom('user_deck_stats')
      .select('user_id')
      .where('deck_id', '=', deckId)
      .orderBy('review_count', 'desc')
      .orderBy('user_id')
      .limit(1)
      .execute();
    const [holder] = await db
      .selectFrom('user_deck')
      .select('user_id')
      .where('deck_id', '=', deckId)
      .orderBy('added_at')
      .orderBy('user_id')
      .limit(1)
      .execute();
    const choice =
      student !== undefined
        ? { userId: student.user_id, rule: 'most reviews in it' }
        : holder !== undefined
          ? { userId: holder.user_id, rule: 'has held it longest' }
          : fallback !== undefined
            ? { userId: fallback.id, rule: fallback.is_admin ? 'first admin' : 'lowest user id' }
            : undefined;
    if (choice === undefined) {
      ownerlessDecks.push(deckId);
      continue;
    }
    await db
      .insertInto('user_deck')
      .values({ user_id: choice.userId, deck_id: deckId, is_owner: true, added_at: clock.now() })
      .onConflict((conflict) => conflict.columns(['user_id', 'deck_id']).doUpdateSet({ is_owner: true }))
      .execute();
    assignedDecks.push({ deckId, ...choice });
  }
  return { keptDecks: unheld.map((row) => ({ userId: row.user_id, deckId: row.deck_id })), assignedDecks, ownerlessDecks };
}
