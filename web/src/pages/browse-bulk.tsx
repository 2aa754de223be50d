import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, api, dataOf } from '../api/client.ts';
import { editCards } from '../api/edit.ts';
import type { CardsEdit, EditDone } from '../api/types.ts';
import { msg, t } from '../languages/t.ts';
import { Confirm, FormFailure } from '../ui/feedback.tsx';
import { Choice, TextField } from '../ui/field.tsx';
import { PlaceForm } from './place-form.tsx';

/** What the button says, and what is told of so many cards once it is done. */
const MARKS: readonly (readonly [CardsEdit['edit'], name: string, done: string])[] = [
  ['suspend', msg('Suspend'), msg('{n, plural, one {# card} other {# cards}} suspended.')],
  ['unsuspend', msg('Unsuspend'), msg('{n, plural, one {# card} other {# cards}} unsuspended.')],
  ['bury', msg('Bury until tomorrow'), msg('{n, plural, one {# card} other {# cards}} buried.')],
  ['unbury', msg('Unbury'), msg('{n, plural, one {# card} other {# cards}} asked again.')],
];
const FLAGS = [0, 1, 2, 3, 4, 5, 6, 7] as const;

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

  /** @param told what is said of so many cards */
  async function run(edit: CardsEdit, told: string): Promise<void> {
    if (isBusy) return;
    onDone(undefined);
    setFailure(undefined);
    setProgress(0);
    try {
      const done = await editCards(ids, edit, (n) => t(told, { n }), setProgress);
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
      : void run(
          { edit, tag },
          edit === 'add_tag'
            ? msg('Tag added to {n, plural, one {# card} other {# cards}}.')
            : msg('Tag taken from {n, plural, one {# card} other {# cards}}.'),
        );

  return (
    <section className="browse__bulk" aria-label={t('Change the selected cards')}>
      <div className="actions">
        {MARKS.map(([edit, name, done]) => (
          <button key={edit} type="button" className="button" aria-disabled={isBusy} onClick={() => void run({ edit }, done)}>
            {t(name)}
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
            void run(
              { edit: 'flag', flag: Number(flag) },
              flag === '0'
                ? msg('Flag taken from {n, plural, one {# card} other {# cards}}.')
                : msg('{n, plural, one {# card} other {# cards}} flagged.'),
            );
          }}
        >
          <Choice
            label={t('Flag')}
            value={flag}
            options={FLAGS.map((one) => [String(one), one === 0 ? t('No flag') : t('Flag {flag}', { flag: one })])}
            onChange={setFlag}
          />
          <button type="submit" className="button" aria-disabled={isBusy}>
            {t('Set flag')}
          </button>
        </form>
        <PlaceForm isBusy={isBusy} onPlace={(edit, told) => void run(edit, told)} />
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
                if (deck !== '')
                  void run({ edit: 'move', deck_id: Number(deck) }, msg('{n, plural, one {# card} other {# cards}} moved.'));
              }}
            >
              <Choice
                label={t('Deck to move to')}
                value={deck}
                options={[
                  ['', t('Choose a deck')],
                  ...(decks.data ?? []).filter((one) => one.is_owner).map(({ id, name }) => [String(id), name] as const),
                ]}
                onChange={setDeck}
              />
              <button type="submit" className="button" aria-disabled={isBusy}>
                {t('Move cards')}
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
          onConfirm={() => void run({ edit: 'delete' }, msg('{n, plural, one {# card} other {# cards}} deleted.'))}
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
