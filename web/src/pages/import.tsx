import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { changed } from '../api/changes.ts';
import { ApiError, api, dataOf } from '../api/client.ts';
import { deckById } from '../api/queries.ts';
import type { Deck, ImportReport } from '../api/types.ts';
import { msg, serverText, t } from '../languages/t.ts';
import { CardText, FormFailure, LoadFailure, Loading } from '../ui/feedback.tsx';
import { Choice, TextArea, translated } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { useSettled } from '../ui/use-settled.ts';
import { useSubmit } from '../ui/use-submit.ts';
import { ChooseFile } from './choose-file.tsx';
import { ImportFile, isPackage, PACKAGE_ENDINGS } from './import-file.tsx';
import { NotFoundPage } from './not-found.tsx';
import { PastImports } from './past-imports.tsx';

/** Typing asks the server once it pauses. */
const PAUSE_MS = 400;
/** What the server takes in one request, with room for escapes. */
const MOST_BYTES = 4 * 1024 * 1024;

const AUTO = '';
const SEPARATORS = [
  [AUTO, msg('Find out')],
  ['\t', msg('Tab')],
  [',', msg('Comma')],
  [';', msg('Semicolon')],
  ['|', msg('Vertical bar')],
  [' - ', msg('Dash with spaces')],
  [':', msg('Colon')],
] as const;
const ROW_SEPARATORS = [
  [AUTO, msg('Line break')],
  ['\n\n', msg('Blank line')],
  [';', msg('Semicolon')],
  [';;', msg('Two semicolons')],
] as const;
const DUPLICATES = [
  ['skip', msg('Leave them')],
  ['update', msg('Take the new backs')],
  ['keep', msg('Add them again')],
] as const;

interface Settings {
  readonly separator: string;
  readonly rowSeparator: string;
  readonly front: string;
  readonly back: string;
  readonly duplicates: (typeof DUPLICATES)[number][0];
}

const FOUND_OUT: Settings = { separator: AUTO, rowSeparator: AUTO, front: AUTO, back: AUTO, duplicates: 'skip' };

function bodyOf(text: string, settings: Settings) {
  const { separator, rowSeparator, front, back, duplicates } = settings;
  return {
    text,
    duplicates,
    ...(separator === AUTO ? {} : { separator }),
    ...(rowSeparator === AUTO ? {} : { row_separator: rowSeparator }),
    ...(front === AUTO ? {} : { front_column: Number(front) }),
    ...(back === AUTO ? {} : { back_column: Number(back) }),
  };
}

export default function ImportPage({ id }: { id: string }) {
  const deck = useQuery(deckById(id));
  if (deck.error instanceof ApiError && deck.error.status === 404) return <NotFoundPage kind="deck" />;
  if (deck.data !== undefined && !deck.data.is_owner) return <NotFoundPage kind="deck" />;
  return (
    <Page title={t('Import cards')}>
      <p className="back">
        <Link href={`/decks/${id}`}>← {deck.data?.name ?? t('Deck')}</Link>
      </p>
      <h1>{t('Import cards')}</h1>
      {deck.data !== undefined ? (
        <>
          <Import deck={deck.data} />
          <PastImports deckId={id} />
        </>
      ) : deck.isError ? (
        <LoadFailure what={t('The deck')} error={deck.error} onRetry={() => void deck.refetch()} />
      ) : (
        <Loading what={t('Loading the deck')} />
      )}
    </Page>
  );
}

/** A text, or a file that brings its own notes. */
function Import({ deck }: { deck: Deck }) {
  const [file, setFile] = useState<File>();
  if (file === undefined) return <ImportForm deck={deck} onPackage={setFile} />;
  return <ImportFile key={`${file.name} ${file.lastModified}`} file={file} deck={deck} onAnother={() => setFile(undefined)} />;
}

function ImportForm({ deck, onPackage }: { deck: Deck; onPackage(file: File): void }) {
  const client = useQueryClient();
  const id = String(deck.id);
  const [text, setText] = useState('');
  const [settings, setSettings] = useState(FOUND_OUT);
  const [done, setDone] = useState<ImportReport>();
  const asked = useSettled(text, PAUSE_MS);
  const preview = useQuery({
    queryKey: ['import', id, asked, settings],
    queryFn: ({ signal }) =>
      dataOf(
        api.POST('/api/v1/decks/{deck_id}/import/preview', {
          params: { path: { deck_id: id } },
          body: bodyOf(asked, settings),
          signal,
        }),
      ),
    enabled: asked.trim() !== '' && done === undefined,
    // The preview stays while the next one is made.
    placeholderData: (before) => before,
    gcTime: 0,
  });
  const report = asked.trim() === '' ? undefined : preview.data;
  const cards = report === undefined ? 0 : report.added + report.updated;
  const form = useSubmit({
    check: () => ({ text: text.trim() === '' ? t('Paste something first, or choose a file.') : undefined }),
    async send() {
      const path = { deck_id: id };
      const result = await changed(
        api.POST('/api/v1/decks/{deck_id}/import', { params: { path }, body: bodyOf(text, settings) }),
        t('Cards imported.'),
      );
      setDone(result);
      setText('');
      void client.invalidateQueries({ queryKey: ['decks'] });
      void client.invalidateQueries({ queryKey: ['cards', id] });
      void client.invalidateQueries({ queryKey: ['imports', id] });
    },
  });
  function startAnew(): void {
    // Separators chosen for one text are wrong for the next.
    setSettings(FOUND_OUT);
    setDone(undefined);
  }
  if (done !== undefined) return <Done deck={deck} report={done} onMore={startAnew} />;
  return (
    <form className="form import" onSubmit={form.onSubmit} noValidate>
      <TextSource text={text} onText={setText} onPackage={onPackage} problem={form.problems.text} />
      {report !== undefined && (
        <Mapping report={report} settings={settings} onChange={(change) => setSettings({ ...settings, ...change })} />
      )}
      {report === undefined && preview.isFetching && <Loading what={t('Reading')} />}
      {preview.error !== null && <FormFailure message={preview.error.message} />}
      <FormFailure message={form.failure} />
      <div className="actions">
        <button type="submit" className="button button--primary" aria-disabled={form.isSending}>
          {form.isSending
            ? t('Importing …')
            : cards > 0 && asked === text
              ? t('Import {cards, plural, one {# card} other {# cards}}', { cards })
              : t('Import')}
        </button>
        <p className="soft">{t('All or nothing: if something fails, the deck stays as it is.')}</p>
      </div>
      {report !== undefined && <Preview report={report} isBusy={preview.isFetching || asked !== text} />}
    </form>
  );
}

interface TextSourceProps {
  readonly text: string;
  readonly problem: string | undefined;
  onText(text: string): void;
  onPackage(file: File): void;
}

function TextSource({ text, onText, onPackage, problem }: TextSourceProps) {
  const [failure, setFailure] = useState<string>();

  async function read(file: File): Promise<void> {
    if (isPackage(file.name)) return onPackage(file);
    if (file.size > MOST_BYTES) return setFailure(t('This file is larger than 4 MB. Split it, or ask whoever runs this server.'));
    try {
      onText(new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer()));
      setFailure(undefined);
    } catch {
      setFailure(t('This file is not text in UTF-8. In a spreadsheet, save it as “CSV UTF-8”.'));
    }
  }

  return (
    <>
      <ChooseFile
        label={t('Choose a file')}
        accept={`.csv,.tsv,.txt,.md,text/*,${PACKAGE_ENDINGS}`}
        onFile={(file) => void read(file)}
      >
        <TextArea
          label={t('Cards')}
          name="text"
          value={text}
          onChange={onText}
          rows={8}
          problem={problem}
          hint={t(
            'Paste from Quizlet, a spreadsheet, Anki’s text export, Obsidian notes or Q:/A: blocks. A line is a card: front, separator, back. Or choose a file: text, an Anki package, a Mochi file, an archive.',
          )}
        />
      </ChooseFile>
      <FormFailure message={failure} />
    </>
  );
}

const FORMATS: Readonly<Record<string, string>> = {
  anki: msg('text of Anki'),
  delimited: msg('rows with a separator'),
  terms: msg('terms and definitions'),
  obsidian: msg('notes of Obsidian'),
  questions: msg('questions and answers'),
};

function Mapping({
  report,
  settings,
  onChange,
}: {
  report: ImportReport;
  settings: Settings;
  onChange(change: Partial<Settings>): void;
}) {
  const found = SEPARATORS.find(([value]) => value === report.separator)?.[1];
  const columns = report.columns.map(
    (name, index) => [String(index + 1), name === '' ? t('Column {n}', { n: index + 1 }) : name] as const,
  );
  return (
    <fieldset className="import__settings">
      <legend>{t('How it is read: {format}', { format: t(FORMATS[report.format] ?? report.format) })}</legend>
      {report.separator !== null && (
        <>
          <Choice
            label={t('Between front and back')}
            value={settings.separator}
            options={
              found === undefined || settings.separator !== AUTO
                ? translated(SEPARATORS)
                : translated(SEPARATORS).map(([value, name]) => [value, value === AUTO ? `${name} (${t(found)})` : name])
            }
            onChange={(separator) => onChange({ separator })}
          />
          <Choice
            label={t('Between cards')}
            value={settings.rowSeparator}
            options={translated(ROW_SEPARATORS)}
            onChange={(rowSeparator) => onChange({ rowSeparator })}
          />
          {columns.length > 2 && (
            <>
              <Choice
                label={t('Front')}
                value={settings.front === AUTO ? String(report.front_column) : settings.front}
                options={columns}
                onChange={(front) => onChange({ front })}
              />
              <Choice
                label={t('Back')}
                value={settings.back === AUTO ? String(report.back_column) : settings.back}
                options={columns}
                onChange={(back) => onChange({ back })}
              />
            </>
          )}
        </>
      )}
      <Choice
        label={t('Cards the deck has already')}
        value={settings.duplicates}
        options={translated(DUPLICATES)}
        onChange={(duplicates) => onChange({ duplicates: duplicates as Settings['duplicates'] })}
      />
    </fieldset>
  );
}

const ACTIONS: Readonly<Record<string, string>> = { update: msg('New back'), skip: msg('Already there') };

/** "2 new, 1 with a new back, 3 already there". */
function summary({ added, updated, skipped }: ImportReport): string {
  const parts = [
    t('{n, number} new', { n: added }),
    ...(updated > 0 ? [t('{n, number} with a new back', { n: updated })] : []),
    ...(skipped > 0 ? [t('{n, number} already there', { n: skipped })] : []),
  ];
  return parts.join(', ');
}

function Preview({ report, isBusy }: { report: ImportReport; isBusy: boolean }) {
  const shown = report.samples.length;
  const all = report.added + report.updated + report.skipped;
  return (
    <section className="section" aria-labelledby="preview" aria-busy={isBusy}>
      <h2 id="preview">{t('Preview')}</h2>
      <p role="status">
        {summary(report)}
        {report.problem_count > 0 &&
          t(', {problemcount, plural, one {# problem} other {# problems}}', { problemcount: report.problem_count })}
        .
      </p>
      <Problems report={report} />
      {shown > 0 && (
        <ul className="list">
          {report.samples.map((sample, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: samples have no id, and the list is made anew each time.
            <li key={index} className="card-row">
              <div className="card-row__sides">
                <CardText className="card-row__front card-text--clipped" text={sample.front} />
                <CardText className="card-row__back card-text--clipped" text={sample.back} />
              </div>
              {ACTIONS[sample.action] !== undefined && <p className="soft import__action">{t(ACTIONS[sample.action] ?? '')}</p>}
            </li>
          ))}
        </ul>
      )}
      {all > shown && (
        <p className="soft import__more">
          {t('and {value, plural, one {# more card} other {# more cards}}', { value: all - shown })}
        </p>
      )}
    </section>
  );
}

function Problems({ report }: { report: ImportReport }) {
  const { problems, problem_count: all, left_out: leftOut } = report;
  return (
    <>
      {leftOut.map((sentence) => (
        <p key={sentence} className="notice">
          {serverText(sentence)}
        </p>
      ))}
      {all > 0 && (
        <details className="import__problems" open={all <= 3}>
          <summary>{all === 1 ? t('One line is left out') : t('{all, number} lines are left out', { all })}</summary>
          <ul>
            {problems.map(({ line, what }) => (
              <li key={`${line} ${what}`}>{t('Line {line, number}: {what}', { line, what: serverText(what) })}</li>
            ))}
          </ul>
          {all > problems.length && <p>{t('and {value, number} more', { value: all - problems.length })}</p>}
        </details>
      )}
    </>
  );
}

function Done({ deck, report, onMore }: { deck: Deck; report: ImportReport; onMore(): void }) {
  return (
    <section className="section" aria-labelledby="done">
      <h2 id="done" tabIndex={-1} ref={(heading) => heading?.focus()}>
        {t('Imported')}
      </h2>
      <p role="status">{summary(report)}.</p>
      <Problems report={report} />
      <div className="actions import__next">
        <Link href={`/decks/${deck.id}`} className="button button--primary">
          {t('Open {name}', { name: deck.name })}
        </Link>
        <button type="button" className="button" onClick={onMore}>
          {t('Import more')}
        </button>
      </div>
    </section>
  );
}
