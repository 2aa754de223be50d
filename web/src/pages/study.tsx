import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import { ApiError } from '../api/client.ts';
import { studyDeck, studyRound } from '../api/queries.ts';
import { t } from '../languages/t.ts';
import { LoadFailure, Loading } from '../ui/feedback.tsx';
import { Page } from '../ui/page.tsx';
import { NotFoundPage } from './not-found.tsx';
import { StudyRound } from './study-round.tsx';

export function StudyPage({ id }: { id: string }) {
  const [params] = useSearchParams();
  const below = params.get('below') === 'true';
  return <Studied key={String(below)} id={id} below={below} />;
}

/** @param below with all decks below it */
function Studied({ id, below }: { id: string; below: boolean }) {
  const [{ round, first }, setRound] = useState<{ round: number; first: number | undefined }>({ round: 0, first: undefined });
  const deck = useQuery(studyDeck(id));
  const queue = useQuery(studyRound(id, below, round));
  const error = deck.error ?? queue.error;
  if (error instanceof ApiError && error.status === 404) return <NotFoundPage kind="deck" />;
  const isReady = deck.data !== undefined && queue.data !== undefined;
  return (
    <Page title={deck.data === undefined ? t('Study') : t('Study {name}', { name: deck.data.name })} className="page--study">
      {isReady ? (
        <StudyRound
          key={round}
          deck={deck.data}
          below={below}
          queue={queue.data}
          first={first}
          hasTwoButtons={queue.data.settings.has_two_buttons}
          onNextRound={(card) => setRound((last) => ({ round: last.round + 1, first: card }))}
        />
      ) : error !== null ? (
        <LoadFailure
          what={t('The cards')}
          error={error}
          onRetry={() => {
            void deck.refetch();
            void queue.refetch();
          }}
        />
      ) : (
        <Loading what={t('Loading cards')} />
      )}
    </Page>
  );
}
