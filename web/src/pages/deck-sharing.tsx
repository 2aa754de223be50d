import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { moderationOfDeck, subscriptions } from '../api/sharing.ts';
import type { Deck } from '../api/types.ts';
import { rich, t } from '../languages/t.ts';
import { day } from '../lib/text.ts';

/** Of which deck one's own is a copy, and the way to its updates. */
export function FollowedDeck({ deckId }: { deckId: number }) {
  const { data } = useQuery(subscriptions);
  const followed = data?.find((one) => one.deck_id === deckId);
  if (followed === undefined) return null;
  return (
    <p className="soft">
      {rich('Follows “{sourcename}”. <a>See its updates</a>', {
        sourcename: followed.source_name,
        a: (text) => <Link href={`/decks/${deckId}/updates`}>{text}</Link>,
      })}
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
        {last === undefined
          ? t('A moderator has hidden this deck: only you see it.')
          : t('A moderator has hidden this deck on {day}: only you see it.', { day: day(last.created_at) })}
        {last !== undefined && t(' The reason: “{why}”', { why: last.why })}
      </p>
    </div>
  );
}
