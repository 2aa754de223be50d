import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import { keepChange, takeBackOne } from '../api/changes.ts';
import { ApiError, withHint } from '../api/client.ts';
import { type FileOptions, forgetFile, importFile, previewFile, sendFile } from '../api/import-file.ts';
import type { Deck, FileReport } from '../api/types.ts';
import { msg, serverText, t } from '../languages/t.ts';
import { number } from '../lib/text.ts';
import { CardFace } from '../ui/card-face.tsx';
import { FormFailure, Loading } from '../ui/feedback.tsx';
import { Choice, translated } from '../ui/field.tsx';

/** Files that are no text: packages of Anki, files of Mochi and archives of FlashCase. */
export const isPackage = (name: string): boolean => /\.(apkg|colpkg|mochi|zip|flashcase)$/i.test(name);
export const PACKAGE_ENDINGS = '.apkg,.colpkg,.mochi,.flashcase,.zip';

const DUPLICATES = [
  ['skip', msg('Leave them')],
  ['update', msg('Take the new texts')],
  ['keep', msg('Add them again')],
] as const;
const INTO = { file: 'file', deck: 'deck' } as const;

interface Sent {
  /** The server's name for the file, once all of it is there. */
  readonly id: string | undefined;
  /** 0 to 1. */
  readonly part: number;
  readonly failure: string | undefined;
}

/** Sends a file, and forgets it when the page is left. */
function useSent(file: File, round: number): Sent {
  const [sent, setSent] = useState<Sent>({ id: undefined, part: 0, failure: undefined });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another round sends the same file again.
  useEffect(() => {
    const leaving = new AbortController();
    let known: string | undefined;
    setSent({ id: undefined, part: 0, failure: undefined });
    sendFile(file, (part) => setSent({ id: undefined, part, failure: undefined }), leaving.signal)
      .then((id) => {
        known = id;
        setSent({ id, part: 1, failure: undefined });
      })
      .catch((error: unknown) => {
        if (leaving.signal.aborted) return;
        const message = error instanceof ApiError ? withHint(error) : t('The file could not be read.');
        setSent({ id: undefined, part: 0, failure: message });
      });
    return () => {
      leaving.abort();
      if (known !== undefined) forgetFile(known);
    };
  }, [file, round]);
  return sent;
}

/** A file from its choice to what came of it. Without `deck` its decks keep their names. */
export function ImportFile({ file, deck, onAnother }: { file: File; deck: Deck | undefined; onAnother(): void }) {
  const client = useQueryClient();
  const [round, setRound] = useState(0);
  const sent = useSent(file, round);
  const [into, setInto] = useState<string>(deck === undefined ? INTO.file : INTO.deck);
  const [duplicates, setDuplicates] = useState<FileOptions['duplicates']>('skip');
  const [schedule, setSchedule] = useState<string>('yes');
  const [isSending, setSending] = useState(false);
  const [failure, setFailure] = useState<string>();
  const [done, setDone] = useState<FileReport>();
  const options: FileOptions = {
    duplicates,
    has_schedule: schedule === 'yes',
    ...(into === INTO.deck && deck !== undefined ? { deck_id: deck.id } : {}),
  };
  const preview = useQuery({
    queryKey: ['import-file', sent.id, options],
    queryFn: ({ signal }) => previewFile(sent.id as string, options, signal),
    enabled: sent.id !== undefined && done === undefined && !isSending,
    placeholderData: (before) => before,
    gcTime: 0,
    retry: false,
  });

  async function send(): Promise<void> {
    if (isSending || sent.id === undefined) return;
    setSending(true);
    setFailure(undefined);
    try {
      const report = await importFile(sent.id, options);
      if (report.operation_id !== null)
        keepChange(
          [String(report.operation_id)],
          t('Imported {n, plural, one {# note} other {# notes}}.', { n: report.added + report.updated }),
        );
      setDone(report);
      void client.invalidateQueries({ queryKey: ['decks'] });
      void client.invalidateQueries({ queryKey: ['cards'] });
      void client.invalidateQueries({ queryKey: ['imports'] });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure(withHint(error));
    } finally {
      setSending(false);
    }
  }

  if (done !== undefined) return <Done report={done} onAnother={onAnother} />;
  const report = sent.id === undefined ? undefined : preview.data;
  const problem = failure ?? sent.failure ?? (preview.error instanceof ApiError ? withHint(preview.error) : undefined);
  const notes = report === undefined ? 0 : report.added + report.updated;
  return (
    <div className="form import">
      <p className="import__file">
        <strong>{file.name}</strong>{' '}
        <button type="button" className="button button--small" onClick={onAnother}>
          {t('Another file')}
        </button>
      </p>
      {sent.id === undefined && sent.failure === undefined && (
        <p role="status" className="loading">
          {t('Sending …')} <progress className="import__sent" value={sent.part} max={1} aria-label={t('Sent')} />
        </p>
      )}
      {report === undefined && sent.id !== undefined && preview.isFetching && <Loading what={t('Reading the file')} />}
      <FormFailure message={problem} />
      {sent.failure !== undefined && (
        <button type="button" className="button" onClick={() => setRound(round + 1)}>
          {t('Send it again')}
        </button>
      )}
      {sent.id !== undefined && preview.isError && (
        <button
          type="button"
          className="button"
          aria-disabled={preview.isFetching}
          onClick={() => preview.isFetching || void preview.refetch()}
        >
          {t('Try again')}
        </button>
      )}
      {report !== undefined && (
        <>
          <fieldset className="import__settings">
            <legend>{serverText(report.format)}</legend>
            {deck !== undefined && (
              <Choice
                label={t('Into')}
                value={into}
                options={[
                  [INTO.deck, deck.name],
                  [INTO.file, t('The decks of the file')],
                ]}
                onChange={setInto}
              />
            )}
            <Choice
              label={t('Dates and reviews')}
              value={schedule}
              options={[
                ['yes', t('Take them over')],
                ['no', t('Begin anew')],
              ]}
              onChange={setSchedule}
            />
            <Choice
              label={t('Notes you have already')}
              value={duplicates}
              options={translated(DUPLICATES)}
              onChange={(chosen) => setDuplicates(chosen as FileOptions['duplicates'])}
            />
          </fieldset>
          <div className="actions">
            <button
              type="button"
              className="button button--primary"
              aria-disabled={isSending || preview.isFetching}
              onClick={() => preview.isFetching || void send()}
            >
              {isSending
                ? t('Importing …')
                : notes > 0
                  ? t('Import {notes, plural, one {# note} other {# notes}}', { notes })
                  : t('Import')}
            </button>
            <p className="soft">{t('All or nothing. You can take it back for 30 days.')}</p>
          </div>
          <Preview report={report} isBusy={preview.isFetching} />
        </>
      )}
    </div>
  );
}

/** "212 new notes with 424 cards and 3,012 reviews, 3 already there, 7 pictures and sounds that they show". */
function summary({ added, updated, skipped, cards, reviews, media }: FileReport): string {
  const parts = [
    ...(added > 0 || updated + skipped === 0
      ? [
          t(
            '{added, plural, one {# new note} other {# new notes}} with {cards, plural, one {# card} other {# cards}} and {reviews, plural, one {# review} other {# reviews}}',
            { added, cards, reviews },
          ),
        ]
      : []),
    ...(updated > 0 ? [t('{n, number} with new texts', { n: updated })] : []),
    ...(skipped > 0 ? [t('{n, number} already there', { n: skipped })] : []),
    ...(media > 0 ? [t('{n, plural, one {# picture or sound} other {# pictures and sounds}} that they show', { n: media })] : []),
  ];
  return parts.join(', ');
}

const ACTIONS: Readonly<Record<string, string>> = { update: msg('New text'), skip: msg('Already there') };
const MOST_DECKS = 8;

function Decks({ report }: { report: FileReport }) {
  const shown = report.decks.slice(0, MOST_DECKS);
  return (
    <p>
      {t('Into {decks}', {
        decks: shown.map(({ name, is_new: isNew }) => (isNew ? t('{name} (new)', { name }) : name)).join(', '),
      })}
      {report.decks.length > shown.length &&
        t(' and {value, plural, one {# more deck} other {# more decks}}', { value: report.decks.length - shown.length })}
      .
    </p>
  );
}

function Preview({ report, isBusy }: { report: FileReport; isBusy: boolean }) {
  return (
    <section className="section" aria-labelledby="preview" aria-busy={isBusy}>
      <h2 id="preview">{t('Preview')}</h2>
      <p role="status">{summary(report)}.</p>
      <Decks report={report} />
      <Problems report={report} />
      {report.samples.length > 0 && (
        <ul className="list">
          {report.samples.map((sample, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: samples have no id, and the list is made anew each time.
            <li key={index} className="card-row">
              <div className="card-row__sides">
                <CardFace className="card-row__front" text={sample.front} html={sample.front_html} />
                <CardFace className="card-row__back" text={sample.back} html={sample.back_html} />
              </div>
              {ACTIONS[sample.action] !== undefined && <p className="soft import__action">{t(ACTIONS[sample.action] ?? '')}</p>}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Problems({ report: { problems } }: { report: FileReport }) {
  if (problems.length === 0) return null;
  return (
    <details className="import__problems" open={problems.length <= 4}>
      <summary>{t('Left out or changed on the way')}</summary>
      <ul>
        {problems.map(({ what, count }) => (
          <li key={what}>
            {number(count)}: {serverText(what)}
          </li>
        ))}
      </ul>
    </details>
  );
}

const takenBackInWords = (stayed: number): string =>
  stayed === 0
    ? t('Taken back.')
    : t('Taken back. {n, plural, one {# note} other {# notes}} stayed: studied or changed since.', { n: stayed });

function Done({ report, onAnother }: { report: FileReport; onAnother(): void }) {
  const [first] = report.decks;
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  /** How many notes stayed; absent while nothing was taken back. */
  const [stayed, setStayed] = useState<number>();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const isTakenBack = stayed !== undefined;

  async function undo(operation: string): Promise<void> {
    setBusy(true);
    setFailure(undefined);
    try {
      setStayed(await takeBackOne(operation));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure(withHint(error));
    } finally {
      setBusy(false);
    }
  }
  return (
    <section className="section" aria-labelledby="done">
      <h2 id="done" tabIndex={-1} ref={heading}>
        {t('Imported')}
      </h2>
      <p role="status">{stayed === undefined ? `${summary(report)}.` : takenBackInWords(stayed)}</p>
      <Decks report={report} />
      <Problems report={report} />
      <div className="actions import__next">
        {first !== undefined && first.id !== null && !isTakenBack && (
          <Link href={report.decks.length > 1 ? '/' : `/decks/${first.id}`} className="button button--primary">
            {report.decks.length > 1 ? t('See your decks') : t('Open {name}', { name: first.name })}
          </Link>
        )}
        {report.operation_id !== null && !isTakenBack && (
          <button
            type="button"
            className="button"
            aria-disabled={isBusy}
            onClick={() => isBusy || void undo(String(report.operation_id))}
          >
            {isBusy ? t('Taking back …') : t('Undo the import')}
          </button>
        )}
        <button type="button" className="button" onClick={onAnother}>
          {t('Import another file')}
        </button>
      </div>
      <FormFailure message={failure} />
    </section>
  );
}
