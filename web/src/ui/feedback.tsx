import { type ReactNode, useEffect, useRef } from 'react';
import { t } from '../languages/t.ts';

/** Why a form was not saved. Always in the page, so that screen readers notice the text that comes. */
export function FormFailure({ message }: { message: string | undefined }) {
  return <div role="alert">{message !== undefined && <p className="notice notice--danger">{message}</p>}</div>;
}

/** In place of something that could not be loaded. */
export function LoadFailure({ what, error, onRetry }: { what: string; error: Error; onRetry: () => void }) {
  return (
    <div className="notice notice--danger" role="alert">
      <p>
        {t('{what} could not be loaded.', { what })} {error.message}
      </p>
      <button type="button" className="button" onClick={onRetry}>
        {t('Try again')}
      </button>
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <p className="loading" role="status">
      {what} …
    </p>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty__title">{title}</p>
      {children}
    </div>
  );
}

interface ConfirmProps {
  readonly question: string;
  readonly confirm: string;
  readonly cancel: string;
  readonly isBusy: boolean;
  readonly failure: string | undefined;
  onConfirm(): void;
  onCancel(): void;
}

/** A question in the place where it came up. Begins on the harmless answer; Escape gives it. */
export function Confirm({ question, confirm, cancel, isBusy, failure, onConfirm, onCancel }: ConfirmProps) {
  const harmless = useRef<HTMLButtonElement>(null);
  useEffect(() => harmless.current?.focus(), []);
  return (
    <div
      className="confirm"
      role="alertdialog"
      aria-label={question}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onCancel();
      }}
    >
      <p className="confirm__question">{question}</p>
      <div className="actions">
        <button type="button" className="button button--danger" aria-disabled={isBusy} onClick={() => isBusy || onConfirm()}>
          {confirm}
        </button>
        <button type="button" className="button" ref={harmless} onClick={onCancel}>
          {cancel}
        </button>
      </div>
      <FormFailure message={failure} />
    </div>
  );
}

/** Plain text as it was typed: line breaks stay, nothing is read as HTML. */
export function CardText({ text, className = '', lang = '' }: { text: string; className?: string; lang?: string }) {
  return (
    // Cards are in any language, unless somebody knows: what reads them aloud must not take them for the page's.
    <div className={`card-text ${className}`} dir="auto" lang={lang}>
      {text}
    </div>
  );
}
