import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { moderationOfDeck, subscriptions } from '../api/sharing.ts';
import type { Deck } from '../api/types.ts';
import { day } from '../lib/text.ts';

/** Of which deck one's own is a copy, and the way to its updates. */
export function FollowedDeck({ deckId }: { deckId: number }) {
  const { data } = useQuery(subscriptions);
  const followed = data?.find((one) => one.deck_id === deckId);
  if (followed === undefined) return null;
  return (
    <p className="soft">
      Follows “{followed.source_name}”. <Link href={`/decks/${deckId}/updates`}>See its updates</Link>
    </p>
  );
}

/** What a moderator did to one's deck, and why. */
export function HiddenNotice({ deck }: { deck: Deck }) {
  const { data } = useQuery(moderationOfDeck(String(deck.id)));
  const last = data?.findLast(({ action }) => action === 'hide');
  return (
    <div className="notice notice--danger">
      <p>
        A moderator has hidden this deck{last !== undefined && ` on ${day(last.created_at)}`}: only you see it.
        {last !== undefined && ` The reason: “${last.why}”`}
      </p>
    </div>
  );
}
