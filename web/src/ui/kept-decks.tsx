import { useQuery } from '@tanstack/react-query';
import { Link, useLocation } from 'wouter';
import { studyAddress } from '../api/deck-tree.ts';
import { me } from '../api/session.ts';
import { t } from '../languages/t.ts';
import { keptDecks } from '../offline/kept-day.ts';
import { serverNow } from '../offline/server-clock.ts';

/** What can be studied while the server does not answer. Who studies already has no use for it. */
export function KeptDecks() {
  const [path] = useLocation();
  const isStudying = path.endsWith('/study');
  const { data: user } = useQuery({ ...me, enabled: false });
  const { data } = useQuery({
    queryKey: ['kept-decks', user?.id, path],
    queryFn: () => keptDecks(user?.id ?? 0, serverNow()),
    staleTime: 0,
    gcTime: 0,
    enabled: user != null && !isStudying,
  });
  if (isStudying || data === undefined || data.length === 0) return null;
  return (
    <p className="connection__line">
      <span>
        {t('Kept here to study:')}{' '}
        {data.map(({ id, name, cards, below }, index) => (
          <span key={id}>
            {index > 0 && ', '}
            <Link href={studyAddress(id, below)}>
              {t('{name} ({cards, plural, one {# card} other {# cards}})', { name, cards })}
            </Link>
          </span>
        ))}
      </span>
    </p>
  );
}
