import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useId, useRef, useState } from 'react';
import { changed } from '../api/changes.ts';
import { ApiError, api, dataOf } from '../api/client.ts';
import { giveMedia } from '../api/media.ts';
import { notePreview, tagList } from '../api/queries.ts';
import type { Note, NoteType } from '../api/types.ts';
import { msg, rich, serverText, t } from '../languages/t.ts';
import { useDraft } from '../lib/drafts.ts';
import { lasting } from '../lib/storage.ts';
import { FormFailure } from '../ui/feedback.tsx';
import { problemOfText, TextArea, TextField } from '../ui/field.tsx';
import { useSubmit } from '../ui/use-submit.ts';
import { insertGap } from './insert-gap.ts';
import { insertText, mediaText } from './insert-media.ts';
import { NotePreviewPanel } from './note-preview.tsx';

/** Whoever draws nothing loads nothing of it. */
const OcclusionEditor = lazy(() => import('./occlusion-editor.tsx'));

const FIELD_LIMIT = 20_000;
/** The preview follows the typing when it rests this long. */
const REST_MS = 300;
const STICKY = 'flashcase.note.sticky';

/** Type, format and tags, and each field under `fieldKey`. A string each, so that it can be kept as a draft. */
export type NoteDraft = Record<string, string>;
export const fieldKey = (name: string): string => `field.${name}`;

/** What the last note had that the next one likely has too. */
export function stickyValues(): NoteDraft {
  const empty = { type: 'basic', format: 'text', tags: '' };
  try {
    return { ...empty, ...(JSON.parse(lasting.read(STICKY) ?? '{}') as NoteDraft) };
  } catch {
    return empty;
  }
}

/** Fields that more often are a line than a paragraph stand together below. */
const SHORT = new Set(['Source', 'Mnemonic', 'Name', 'Cite']);
const HINTS: Readonly<Record<string, string>> = {
  'cloze.Text': msg('Mark what is to be asked: {gap} or {hinted}. Each number is a card.'),
  'rule_elements.Rule': msg('Its name, as it is asked for.'),
  'rule_elements.Elements': msg('One a line. There is a card for each, and one for all of them.'),
};
/** How gaps are written, which no language changes. */
const GAPS = { gap: '{{c1::word}}', hinted: '{{c1::word::hint}}' } as const;

/** What a type of notes is called; those that people brought have names of their own. */
const nameOfType = ({ type, name }: NoteType): string => (type === 'own' ? name : serverText(name));

interface NoteEditorProps {
  readonly deckId: string;
  readonly types: readonly NoteType[];
  readonly draftName: string;
  readonly initial: NoteDraft;
  /** The note that is edited; a new one without it. */
  readonly note?: Note;
  /** The card that becomes the new note's first. */
  readonly cardId?: number;
  /** Without it the form begins the next note. */
  onSaved?(): void;
}

const keyOf = ({ type, note_type_id }: NoteType): string => (note_type_id === null ? type : `own:${note_type_id}`);
const tagsOf = (text: string): string[] => text.split(/[\s,]+/).filter((tag) => tag !== '');

export function NoteEditor({ deckId, types, draftName, initial, note, cardId, onSaved }: NoteEditorProps) {
  const client = useQueryClient();
  const draft = useDraft(draftName, initial);
  const { values } = draft;
  const type = types.find((one) => keyOf(one) === values.type) ?? (types[0] as NoteType);
  const tags = useQuery(tagList);
  const areas = useRef(new Map<string, HTMLTextAreaElement>());
  const [news, setNews] = useState('');
  const [mediaProblem, setMediaProblem] = useState('');
  const [isDrawing, setDrawing] = useState(false);
  /** The field that was written in last: what is chosen by the button goes there. */
  const [lastField, setLastField] = useState('');
  const chooser = useRef<HTMLInputElement>(null);
  const ids = useId();
  const value = (name: string): string => values[fieldKey(name)] ?? '';
  const body = {
    type: type.type,
    note_type_id: type.note_type_id,
    format: (values.format ?? 'text') as 'text' | 'markdown' | 'html',
    tags: tagsOf(values.tags ?? ''),
    fields: type.fields.map((name) => ({ name, value: value(name) })),
  };
  const first = type.fields[0] as string;

  const problemOfDrawing = (): Record<string, string> => {
    if (isDrawing) return { Occlusion: t('Finish the polygon, or leave it with Escape.') };
    return value('Occlusion').trim() === '' ? { Occlusion: t('Choose a picture, and draw on it what is to be asked.') } : {};
  };
  const form = useSubmit({
    check: () => ({
      ...Object.fromEntries(
        type.fields.map((name) => [name, problemOfText(value(name), FIELD_LIMIT, name === first && type.type !== 'own')]),
      ),
      ...(type.kind === 'occlusion' ? problemOfDrawing() : {}),
    }),
    async send() {
      try {
        if (note === undefined) {
          const more = cardId === undefined ? {} : { card_id: cardId };
          await dataOf(api.POST('/api/v1/notes/', { body: { ...body, ...more, deck_id: Number(deckId) } }));
        } else {
          const params = { path: { note_id: String(note.id) } };
          const asEdited = { ...body, updated_at: note.updated_at };
          await changed(api.PUT('/api/v1/notes/{note_id}', { params, body: asEdited }), t('Note saved.'));
        }
      } catch (error) {
        // The server speaks of all fields together: that belongs to the form as a whole.
        if (!(error instanceof ApiError)) throw error;
        const said = error.fields.fields ?? error.fields.tags ?? [error.message, error.hint].filter(Boolean).join('. ');
        throw new ApiError(error.status, said[0]?.toUpperCase() + said.slice(1));
      }
      const sticky = { type: keyOf(type), format: body.format, tags: values.tags ?? '' };
      if (note === undefined && cardId === undefined) lasting.write(STICKY, JSON.stringify(sticky));
      for (const queryKey of [['cards', deckId], ['decks'], ['notes', 'tags'], ['notes', 'one']])
        void client.invalidateQueries({ queryKey });
      draft.reset(onSaved === undefined ? sticky : initial);
      if (onSaved !== undefined) return onSaved();
      setNews(t('Added. The next one.'));
      areas.current.get(first)?.focus();
    },
  });

  useEffect(() => areas.current.get(first)?.focus(), [first]);

  const gap = (name: string): void => {
    const area = areas.current.get(name);
    if (area !== undefined) insertGap(area, (text) => draft.change({ [fieldKey(name)]: text }));
  };
  /** Sends pictures and sounds, and says in the field that it shows them. */
  const show = async (name: string, files: readonly File[]): Promise<void> => {
    setMediaProblem('');
    for (const file of files) {
      setNews(t('Sending {name} …', { name: file.name }));
      try {
        const given = await giveMedia(file);
        const area = areas.current.get(name);
        if (area === undefined) return;
        insertText(area, mediaText(given, values.format ?? 'text'), (text) => draft.change({ [fieldKey(name)]: text }));
        const isPlain = (values.format ?? 'text') === 'text';
        if (isPlain) draft.change({ format: 'markdown' });
        setNews(
          isPlain
            ? t('{name} is in the note, which is Markdown now: plain text shows none.', { name: given.name })
            : t('{name} is in the note.', { name: given.name }),
        );
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        setNews('');
        setMediaProblem(error.message);
        return;
      }
    }
  };
  const isCloze = type.kind === 'cloze';
  const drawn: readonly (string | undefined)[] = type.kind === 'occlusion' ? type.fields.slice(0, 2) : [];
  const field = (name: string) => {
    const hint = HINTS[`${type.type}.${name}`];
    return (
      <div key={name} className="note-field">
        <TextArea
          label={serverText(name)}
          name={name}
          value={value(name)}
          onChange={(text) => {
            setNews('');
            draft.change({ [fieldKey(name)]: text });
          }}
          hint={hint === undefined ? undefined : t(hint, GAPS)}
          problem={form.problems[name]}
          isOptional={
            name !== first && (SHORT.has(name) || name === 'Extra' || type.type === 'case' || type.kind === 'occlusion')
          }
          limit={FIELD_LIMIT}
          rows={SHORT.has(name) ? 1 : 3}
          areaRef={(area) => {
            if (area === null) areas.current.delete(name);
            else areas.current.set(name, area);
          }}
          onFocus={() => setLastField(name)}
          onFiles={(files) => void show(name, files)}
          isCardText
        />
        {isCloze && name === first && (
          <div className="actions">
            <button type="button" className="button button--small" onClick={() => gap(name)}>
              {t('Mark a gap')}
            </button>
            <span className="keys">
              {rich(
                '<kbd>Ctrl</kbd> <kbd>Shift</kbd> <kbd>C</kbd> marks the next number, with <kbd>Alt</kbd> the same once more',
                {
                  kbd: (text) => <kbd>{text}</kbd>,
                },
              )}
            </span>
          </div>
        )}
      </div>
    );
  };

  return (
    <div className="note-page">
      <form
        className="panel form"
        onSubmit={form.onSubmit}
        noValidate
        aria-label={t('The note')}
        onKeyDown={(event) => {
          if (event.defaultPrevented) return;
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            event.currentTarget.requestSubmit();
          }
          if (isCloze && event.code === 'KeyC' && event.shiftKey && (event.ctrlKey || event.metaKey)) {
            const area = areas.current.get(first);
            if (area === undefined || event.target !== area) return;
            event.preventDefault();
            insertGap(area, (text) => draft.change({ [fieldKey(first)]: text }), event.altKey);
          }
        }}
      >
        <div className="note-head">
          <div className="field">
            <label className="field__label" htmlFor={`${ids}-type`}>
              {t('Type')}
            </label>
            <select
              id={`${ids}-type`}
              className="field__input"
              value={keyOf(type)}
              onChange={(event) => draft.change({ type: event.target.value })}
            >
              {types.map((one) => (
                <option key={keyOf(one)} value={keyOf(one)}>
                  {nameOfType(one)}
                </option>
              ))}
            </select>
          </div>
          <div className="field">
            <label className="field__label" htmlFor={`${ids}-format`}>
              {t('Written as')}
            </label>
            <select
              id={`${ids}-format`}
              className="field__input"
              value={values.format}
              onChange={(event) => draft.change({ format: event.target.value })}
            >
              <option value="text">{t('Plain text')}</option>
              <option value="markdown">{t('Markdown')}</option>
              <option value="html">{t('HTML')}</option>
            </select>
          </div>
        </div>
        {/* The form knows by it that what is wrong with this field is told below. */}
        {type.kind === 'occlusion' && <input type="hidden" name="Occlusion" />}
        {type.kind === 'occlusion' && (
          <Suspense>
            <OcclusionEditor
              occlusion={value('Occlusion')}
              image={value('Image')}
              format={body.format}
              shownOn={note?.cards[0]?.id}
              problem={form.problems.Occlusion}
              onDrawing={setDrawing}
              onChange={({ occlusion, image, format }) => {
                setNews('');
                draft.change({
                  ...(occlusion === undefined ? {} : { [fieldKey('Occlusion')]: occlusion }),
                  ...(image === undefined ? {} : { [fieldKey('Image')]: image }),
                  ...(format === undefined ? {} : { format }),
                });
              }}
            />
          </Suspense>
        )}
        {type.fields.filter((name) => !drawn.includes(name) && (!SHORT.has(name) || name === first)).map(field)}
        {type.fields.some((name) => SHORT.has(name) && name !== first) && (
          <div className="sides">{type.fields.filter((name) => SHORT.has(name) && name !== first).map(field)}</div>
        )}
        <TextField
          label={t('Tags')}
          name="tags"
          value={values.tags ?? ''}
          onChange={(text) => draft.change({ tags: text })}
          isOptional
          hint={t('Words with spaces between them; levels with ::, as mbe::torts.')}
          input={{ list: `${ids}-tags`, autoComplete: 'off', autoCapitalize: 'none', spellCheck: false }}
        />
        <datalist id={`${ids}-tags`}>
          {(tags.data ?? []).map(({ tag }) => (
            <option key={tag} value={tag} />
          ))}
        </datalist>
        <input
          ref={chooser}
          type="file"
          accept="image/*,audio/*"
          multiple
          hidden
          onChange={(event) => {
            const files = [...(event.target.files ?? [])];
            event.target.value = '';
            void show(type.fields.includes(lastField) ? lastField : (type.fields[drawn.length] ?? first), files);
          }}
        />
        <FormFailure message={form.failure ?? (mediaProblem === '' ? undefined : mediaProblem)} />
        <div className="actions">
          <button type="submit" className="button button--primary" aria-disabled={form.isSending}>
            {form.isSending
              ? t('Saving …')
              : note !== undefined
                ? t('Save')
                : cardId !== undefined
                  ? t('Make a note')
                  : t('Add note')}
          </button>
          <button type="button" className="button" onClick={() => chooser.current?.click()}>
            {t('Add picture or sound')}
          </button>
          {onSaved !== undefined && (
            <button
              type="button"
              className="button"
              onClick={() => {
                draft.reset();
                onSaved();
              }}
            >
              {t('Cancel')}
            </button>
          )}
          {onSaved === undefined && (
            <span className="keys">
              {rich('<kbd>Ctrl</kbd> <kbd>Enter</kbd> adds it and starts the next', {
                kbd: (text) => <kbd>{text}</kbd>,
              })}
            </span>
          )}
        </div>
        <p className={news === '' ? 'visually-hidden' : 'soft'} role="status">
          {news}
        </p>
      </form>
      <Preview
        asked={{ ...body, deck_id: Number(deckId), ...(note === undefined ? {} : { note_id: note.id }) }}
        ofCard={cardId}
        shownOn={note?.cards[0]?.id}
      />
    </div>
  );
}

type Asked = Parameters<typeof notePreview>[0];

interface PreviewProps {
  readonly asked: Asked;
  readonly ofCard: number | undefined;
  readonly shownOn: number | undefined;
}

function Preview({ asked, ofCard, shownOn }: PreviewProps) {
  const now = JSON.stringify(asked);
  const [rested, setRested] = useState(now);
  useEffect(() => {
    const timer = setTimeout(() => setRested(now), REST_MS);
    return () => clearTimeout(timer);
  }, [now]);
  const settled = JSON.parse(rested) as Asked;
  const isFilled = settled.fields.some(({ value }) => value.trim() !== '');
  const preview = useQuery({ ...notePreview(settled), enabled: isFilled });
  return (
    <NotePreviewPanel
      preview={isFilled ? preview.data : undefined}
      error={isFilled ? preview.error : null}
      ofCard={ofCard}
      shownOn={shownOn}
    />
  );
}
