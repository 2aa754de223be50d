import { useState } from 'react';
import { ApiError } from '../api/client.ts';
import { t } from '../languages/t.ts';
import { Confirm, FormFailure } from './feedback.tsx';

interface RowActionProps {
  readonly label: string;
  /** What it is done to, for who hears the button without its row. */
  readonly about: string;
  /** Asked before it is done; done at once without one. */
  readonly question?: string;
  readonly className?: string;
  act(): Promise<void>;
}

/** A button of a row: asks where it must, is pressed once at a time, and says what went wrong. */
export function RowAction({ label, about, question, className = 'button button--small', act }: RowActionProps) {
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  async function run(): Promise<void> {
    setBusy(true);
    setFailure(undefined);
    try {
      await act();
      setAsking(false);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure(error.message);
    } finally {
      setBusy(false);
    }
  }
  if (isAsking && question !== undefined)
    return (
      <Confirm
        question={question}
        confirm={label}
        cancel={t('Cancel')}
        isBusy={isBusy}
        failure={failure}
        onConfirm={() => void run()}
        onCancel={() => setAsking(false)}
      />
    );
  return (
    <div className="row-action">
      <button
        type="button"
        className={className}
        aria-disabled={isBusy}
        onClick={() => {
          if (isBusy) return;
          if (question === undefined) void run();
          else setAsking(true);
        }}
      >
        {label}
        {question !== undefined && ' …'}
        <span className="visually-hidden"> {about}</span>
      </button>
      <FormFailure message={failure} />
    </div>
  );
}
