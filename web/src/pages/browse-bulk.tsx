import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, api, dataOf } from '../api/client.ts';
import { editCards } from '../api/edit.ts';
import type { CardsEdit, EditDone } from '../api/types.ts';
import { t } from '../languages/t.ts';

import { Confirm, FormFailure } from '../ui/feedback.tsx';
import { Choice, TextField } from '../ui/field.tsx';

const MARKS: readonly (readonly [CardsEdit['edit'], string, string])[] = [
  ['suspend', 'Suspend', 'suspended'],
  ['unsuspend', 'Unsuspend', 'unsuspended'],
  ['bury', 'Bury until tomorrow', 'buried'],
  ['unbury', 'Unbury', 'asked again'],
];
const FLAGS = [['0', 'No flag'], ...[1, 2, 3, 4, 5, 6, 7].map((flag) => [String(flag), `Flag ${flag}`] as const)] as const;

interface BulkProps {
  readonly ids: readonly number[];
  /** False where none of them is one's own. */
  readonly canChange: boolean;
  onReplace(): void;
  onDone(done: EditDone | undefined): void;
}

/** What can be done to the selected cards, as one change that can be taken back. Deleting asks first; what was refused is told. */
export function Bulk({ ids, canChange, onReplace, onDone }: BulkProps) {
  const client = useQueryClient();
  const decks = useQuery({
    queryKey: ['decks', 'own', 'names'],
    queryFn: () => dataOf(api.GET('/api/v1/decks/', { params: { query: { scope: 'own', limit: 500 } } })),
  });
  const [tag, setTag] = useState('');
  const [flag, setFlag] = useState('1');
  const [deck, setDeck] = useState('');
  const [isAsking, setIsAsking] = useState(false);
  const [failure, setFailure] = useState<string>();
  const [progress, setProgress] = useState<number>();
  const isBusy = progress !== undefined;

  async function run(edit: CardsEdit, textOf: (cards: string) => string): Promise<void> {
    if (isBusy) return;
    onDone(undefined);
    setFailure(undefined);
    setProgress(0);
    try {
      const done = await editCards(ids, edit, textOf, setProgress);
      // Told when the list shows it.
      await client.invalidateQueries({ queryKey: ['cards'] });
      onDone(done);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure(error.message);
    } finally {
      setProgress(undefined);
      setIsAsking(false);
      void client.invalidateQueries({ queryKey: ['decks'] });
    }
  }
  const retag = (edit: 'add_tag' | 'remove_tag') =>
    tag.trim() === ''
      ? undefined
      : void run({ edit, tag }, (cards) => (edit === 'add_tag' ? `Tag added to ${cards}.` : `Tag taken from ${cards}.`));

  return (
    <section className="browse__bulk" aria-label={t('Change the selected cards')}>
      <div className="actions">
        {MARKS.map(([edit, name, done]) => (
          <button
            key={edit}
            type="button"
            className="button"
            aria-disabled={isBusy}
            onClick={() => void run({ edit }, (cards) => `${cards} ${done}.`)}
          >
            {name}
          </button>
        ))}
        {canChange && (
          <>
            <button type="button" className="button" aria-disabled={isBusy} onClick={onReplace}>
              {t('Find and replace …')}
            </button>
            <button
              type="button"
              className="button button--danger-quiet"
              aria-disabled={isBusy}
              onClick={() => setIsAsking(true)}
            >
              {t('Delete …')}
            </button>
          </>
        )}
      </div>
      <div className="browse__forms">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void run({ edit: 'flag', flag: Number(flag) }, (cards) =>
              flag === '0' ? `Flag taken from ${cards}.` : `${cards} flagged.`,
            );
          }}
        >
          <Choice label={t('Flag')} value={flag} options={FLAGS} onChange={setFlag} />
          <button type="submit" className="button" aria-disabled={isBusy}>
            {t('Set flag')}
          </button>
        </form>
        {canChange && (
          <>
            <form
              onSubmit={(event) => {
                event.preventDefault();
                retag('add_tag');
              }}
            >
              <TextField label={t('Tag')} name="tag" value={tag} onChange={setTag} input={{ maxLength: 100 }} />
              <button type="submit" className="button" aria-disabled={isBusy}>
                {t('Add tag')}
              </button>
              <button type="button" className="button" aria-disabled={isBusy} onClick={() => retag('remove_tag')}>
                {t('Remove tag')}
              </button>
            </form>
            <form
              onSubmit={(event) => {
                event.preventDefault();
                if (deck !== '') void run({ edit: 'move', deck_id: Number(deck) }, (cards) => `${cards} moved.`);
              }}
            >
              <Choice
                label={t('Deck to move to')}
                value={deck}
                options={[
                  ['', 'Choose a deck'],
                  ...(decks.data ?? []).filter((one) => one.is_owner).map(({ id, name }) => [String(id), name] as const),
                ]}
                onChange={setDeck}
              />
              <button type="submit" className="button" aria-disabled={isBusy}>
                {t('Move')}
              </button>
            </form>
          </>
        )}
      </div>
      {isAsking && (
        <Confirm
          question={t('Delete {ids, plural, one {# card} other {# cards}}? Their reviews stay in the statistics.', {
            ids: ids.length,
          })}
          confirm={t('Delete {ids, plural, one {# card} other {# cards}}', { ids: ids.length })}
          cancel={t('Keep them')}
          isBusy={isBusy}
          failure={undefined}
          onConfirm={() => void run({ edit: 'delete' }, (cards) => `${cards} deleted.`)}
          onCancel={() => setIsAsking(false)}
        />
      )}
      <FormFailure message={failure} />
      <div role="status">
        {isBusy && t('{progress, number} of {ids, plural, one {# card} other {# cards}} …', { progress, ids: ids.length })}
      </div>
    </section>
  );
}
