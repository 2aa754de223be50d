import type { NotePreview } from '../api/types.ts';
import { serverText, t } from '../languages/t.ts';
import { CardFace } from '../ui/card-face.tsx';

interface NotePreviewProps {
  readonly preview: NotePreview | undefined;
  readonly error: Error | null;
  /** A card that is being made a note does not repeat itself. */
  readonly ofCard: number | undefined;
  /** A card of the note as it is kept: what it shows its reader may see. */
  readonly shownOn: number | undefined;
}

/** Every card a note makes, as it will be studied, with what is wrong with it and what it repeats. */
export function NotePreviewPanel({ preview, error, ofCard, shownOn }: NotePreviewProps) {
  const repeated = (preview?.duplicate_notes.length ?? 0) + (preview?.duplicate_cards ?? []).filter((id) => id !== ofCard).length;
  return (
    <section className="note-preview" aria-labelledby="note-preview">
      <h2 id="note-preview">
        {preview === undefined
          ? t('Preview')
          : t('Makes {length, plural, one {# card} other {# cards}}', { length: preview.cards.length })}
      </h2>
      {preview === undefined && error === null && <p className="soft">{t('Its cards appear here while you write.')}</p>}
      {error !== null && <p className="soft">{t('The preview is not there: {message}', { message: error.message })}</p>}
      <div role="status">
        {repeated > 0 && (
          <p className="notice">
            {t('This deck already has {n, plural, one {# note that begins} other {# notes that begin}} with the same words.', {
              n: repeated,
            })}
          </p>
        )}
        {preview?.problems.map((problem) => (
          <p key={problem} className="notice">
            {serverText(problem)}
          </p>
        ))}
      </div>
      <ul className="note-preview__cards">
        {preview?.cards.map((card) => (
          <li key={card.ordinal} className="panel">
            <h3 className="study-card__label">{serverText(card.name)}</h3>
            <CardFace cardId={shownOn} text={card.front} html={card.front_html} className="card-row__front" />
            {card.answer !== null && <p className="soft">{t('The answer is typed.')}</p>}
            <div className="note-preview__back">
              <CardFace cardId={shownOn} text={card.back} html={card.back_html} className="card-row__back" />
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
