import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { changed, takenBack } from '../api/changes.ts';
import { ApiError, api } from '../api/client.ts';
import { type DeckPlace, deckPlace } from '../api/deck-tree.ts';
import { deckById } from '../api/queries.ts';
import type { Deck, DeckChange } from '../api/types.ts';
import { rich, t } from '../languages/t.ts';
import { useDraft } from '../lib/drafts.ts';
import { useStore } from '../lib/store.ts';
import { Confirm, FormFailure, LoadFailure, Loading } from '../ui/feedback.tsx';
import { problemOfText, TextArea, TextField } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { useSubmit } from '../ui/use-submit.ts';
import { NotFoundPage } from './not-found.tsx';

export function DeckSettingsPage({ id }: { id: string }) {
  const deck = useQuery(deckById(id));
  const place = useQuery(deckPlace(id));
  const back = useStore(takenBack);
  if (deck.error instanceof ApiError && deck.error.status === 404) return <NotFoundPage kind="deck" />;
  return (
    <Page title={t('Deck settings')} className="page--narrow">
      <p className="back">
        <Link href={`/decks/${id}`}>← {deck.data?.name ?? t('Deck')}</Link>
      </p>
      <h1>{t('Deck settings')}</h1>
      {deck.data === undefined ? (
        deck.isError ? (
          <LoadFailure what={t('The deck')} error={deck.error} onRetry={() => void deck.refetch()} />
        ) : (
          <Loading what={t('Loading the deck')} />
        )
      ) : deck.data.is_owner ? (
        <>
          <SettingsForm key={back} deck={deck.data} below={decksBelow(place.data)} />
          {place.data !== undefined && <DeleteDeck deck={deck.data} place={place.data} />}
          {place.isError && <LoadFailure what={t('Decks below')} error={place.error} onRetry={() => void place.refetch()} />}
        </>
      ) : (
        <p className="lead">{t('Only its owner can change this deck.')}</p>
      )}
    </Page>
  );
}

/** Decks below it; headings are none. */
const decksBelow = (place: DeckPlace | undefined): number =>
  place?.nodes.slice(1).filter(({ deck }) => deck !== null).length ?? 0;

const fieldsOf = (deck: Deck) => ({
  name: deck.name,
  description: deck.description ?? '',
  is_public: deck.is_public,
  school: deck.school ?? '',
  course: deck.course ?? '',
  professor: deck.professor ?? '',
  year: deck.year === null ? '' : String(deck.year),
});

type Fields = ReturnType<typeof fieldsOf>;

/** The API leaves a field sent as null as it is, as the original's did: a year, once given, can only be replaced. */
function problemOfYear(year: string, deck: Deck): string | undefined {
  if (year === '') return deck.year === null ? undefined : t('A year can be changed, not removed.');
  return /^\d{4}$/.test(year) && Number(year) >= 1900 && Number(year) <= 2100
    ? undefined
    : t('A year from 1900 to 2100, please.');
}

/** Only what differs is sent: what somebody changed in another tab meanwhile stays. */
function changeOf(values: Fields, deck: Deck): DeckChange {
  const before = fieldsOf(deck);
  const { year, ...others } = values;
  const changed = Object.entries(others).filter(([name, value]) => before[name as keyof Fields] !== value);
  return { ...Object.fromEntries(changed), ...(year === before.year ? {} : { year: Number(year) }) };
}

function SettingsForm({ deck, below }: { deck: Deck; below: number }) {
  const client = useQueryClient();
  const draft = useDraft(`deck.${deck.id}`, fieldsOf(deck));
  const [isSaved, setSaved] = useState(false);
  const { values } = draft;
  const change = (part: Partial<Fields>) => {
    setSaved(false);
    draft.change(part);
  };
  const form = useSubmit({
    check: () => ({
      name: problemOfText(values.name, 200, true),
      description: problemOfText(values.description, 1000, false),
      school: problemOfText(values.school, 200, false),
      course: problemOfText(values.course, 200, false),
      professor: problemOfText(values.professor, 200, false),
      year: problemOfYear(values.year.trim(), deck),
    }),
    async send() {
      const body = changeOf({ ...values, name: values.name.trim(), year: values.year.trim() }, deck);
      const params = { path: { deck_id: String(deck.id) } };
      const saved = await changed(api.PUT('/api/v1/decks/{deck_id}', { params, body }), t('Deck saved.'));
      client.setQueryData(deckById(String(deck.id)).queryKey, saved);
      void client.invalidateQueries({ queryKey: ['decks'] });
      draft.reset(fieldsOf(saved));
      setSaved(true);
    },
  });
  return (
    <form className="form" onSubmit={form.onSubmit} noValidate aria-label={t('Deck settings')}>
      {draft.isRestored && (
        <div className="notice">
          <p>{t('These are your changes from before. They are not saved yet.')}</p>
          <button type="button" className="button button--small" onClick={() => draft.reset(fieldsOf(deck))}>
            {t('Discard them')}
          </button>
        </div>
      )}
      <TextField
        label={t('Name')}
        name="name"
        value={values.name}
        onChange={(name) => change({ name })}
        problem={form.problems.name}
        limit={200}
        hint={
          below > 0 &&
          t('{below, plural, one {The # deck below it is} other {The # decks below it are}} renamed with it.', { below })
        }
        input={{ required: true, autoComplete: 'off' }}
      />
      <TextArea
        label={t('Description')}
        name="description"
        isOptional
        value={values.description}
        onChange={(description) => change({ description })}
        problem={form.problems.description}
        limit={1000}
      />
      <div className="grid">
        <TextField
          label={t('Course')}
          name="course"
          isOptional
          value={values.course}
          onChange={(course) => change({ course })}
          problem={form.problems.course}
          limit={200}
        />
        <TextField
          label={t('Professor')}
          name="professor"
          isOptional
          value={values.professor}
          onChange={(professor) => change({ professor })}
          problem={form.problems.professor}
          limit={200}
        />
        <TextField
          label={t('School')}
          name="school"
          isOptional
          value={values.school}
          onChange={(school) => change({ school })}
          problem={form.problems.school}
          limit={200}
        />
        <TextField
          label={t('Year')}
          name="year"
          isOptional
          value={values.year}
          onChange={(year) => change({ year })}
          problem={form.problems.year}
          input={{ inputMode: 'numeric', autoComplete: 'off' }}
        />
      </div>
      <label className="check">
        <input
          type="checkbox"
          name="is_public"
          checked={values.is_public}
          onChange={(event) => change({ is_public: event.target.checked })}
        />
        <span>
          {rich('Public<span>Everybody on this server can read and study it. Only you can change it.</span>', {
            span: (text) => <span className="check__hint">{text}</span>,
          })}
        </span>
      </label>
      <FormFailure message={form.failure} />
      <div className="actions">
        <button type="submit" className="button button--primary" aria-disabled={form.isSending}>
          {form.isSending ? t('Saving …') : t('Save')}
        </button>
        <span role="status" className="soft">
          {isSaved && t('Saved.')}
        </span>
      </div>
    </form>
  );
}

/** With all decks below it, as in Anki: they would have nothing above them that is a deck. */
function DeleteDeck({ deck, place }: { deck: Deck; place: DeckPlace }) {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const draft = useDraft(`deck.${deck.id}`, {});
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const below = decksBelow(place);
  const cardcount = place.nodes[0]?.total.card_count ?? deck.card_count;

  async function remove(): Promise<void> {
    setBusy(true);
    setFailure(undefined);
    try {
      const params = { path: { deck_id: String(deck.id) }, query: { below: below > 0 } };
      const told =
        below === 0
          ? t('“{name}” deleted.', { name: deck.name })
          : t('“{name}” deleted, with {below, plural, one {# deck} other {# decks}} below it.', { name: deck.name, below });
      await changed(api.DELETE('/api/v1/decks/{deck_id}', { params }), told);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status !== 404) {
        setFailure(error.message);
        return setBusy(false);
      }
    }
    draft.reset();
    navigate('/', { replace: true });
    client.removeQueries({ queryKey: deckById(String(deck.id)).queryKey });
    void client.invalidateQueries({ queryKey: ['decks'] });
  }

  return (
    <section className="section section--apart" aria-labelledby="delete">
      <h2 id="delete">{t('Delete this deck')}</h2>
      {isAsking ? (
        <Confirm
          question={
            below === 0
              ? t('Delete “{name}” with its {cardcount, plural, one {# card} other {# cards}}, for everybody who studies it?', {
                  name: deck.name,
                  cardcount,
                })
              : t(
                  'Delete “{name}” and {below, plural, one {the # deck} other {the # decks}} below it, {cardcount, plural, one {# card} other {# cards}} in all, for everybody who studies them?',
                  { name: deck.name, below, cardcount },
                )
          }
          confirm={below === 0 ? t('Delete deck') : t('Delete {n, number} decks', { n: below + 1 })}
          cancel={t('Keep it')}
          isBusy={isBusy}
          failure={failure}
          onConfirm={() => void remove()}
          onCancel={() => setAsking(false)}
        />
      ) : (
        <>
          <p className="soft">
            {below > 0
              ? t('The decks below it and all their cards go with it. Undo brings everything back, as long as this tab is open.')
              : t('Its cards go with it. Undo brings everything back, as long as this tab is open.')}
          </p>
          <button type="button" className="button button--danger-quiet" onClick={() => setAsking(true)}>
            {t('Delete deck …')}
          </button>
        </>
      )}
    </section>
  );
}
