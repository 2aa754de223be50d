import { useRef, useState } from 'react';
import { ApiError } from '../api/client.ts';
import type { MoveStep, MoveView } from '../api/types.ts';
import { t } from '../languages/t.ts';
import { actionName, startAction } from './move-actions.ts';

/** The ways on: a button where there is one, and always the command that does the same. */
export function MoveSteps({ view, onSwitch }: { view: MoveView; onSwitch: (step: MoveStep) => void }) {
  const [failure, setFailure] = useState<ApiError>();
  const [sent, setSent] = useState<string>();
  const isBusy = sent !== undefined || view.job?.endedAt === null;

  async function begin({ action, confirm }: MoveStep, step: MoveStep): Promise<void> {
    if (isBusy || action === null) return;
    setFailure(undefined);
    if (confirm !== null) return onSwitch(step);
    setSent(action);
    try {
      await startAction(action);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure(error);
    } finally {
      setSent(undefined);
    }
  }

  if (view.steps.length === 0) return null;
  return (
    <section className="section" aria-labelledby="next">
      <h2 id="next">{t('What can be done')}</h2>
      <div role="alert">
        {failure !== undefined && (
          <p className="notice notice--danger">
            {failure.code !== undefined && `${failure.code}: `}
            {failure.message} {failure.hint}
          </p>
        )}
      </div>
      <ul className="list">
        {view.steps.map((step) => (
          <li key={step.command} className="step">
            <div className="step__main">
              <p lang="en">{step.about}</p>
              <Command command={step.command} />
            </div>
            {step.action !== null && (
              <button
                type="button"
                className={step.isNext && step === view.steps[0] ? 'button button--primary' : 'button'}
                aria-disabled={isBusy}
                onClick={() => void begin(step, step)}
              >
                {actionName(step.action)}
                {step.confirm !== null && ' …'}
              </button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A command to be typed on the server. Without https a browser lets no page copy: then it is marked, ready to be copied by hand. */
function Command({ command }: { command: string }) {
  const text = useRef<HTMLElement>(null);
  const [did, setDid] = useState<'copied' | 'marked'>();

  async function copy(): Promise<void> {
    const isCopied = await (navigator.clipboard?.writeText(command) ?? Promise.reject()).then(
      () => true,
      () => false,
    );
    if (!isCopied && text.current !== null) getSelection()?.selectAllChildren(text.current);
    setDid(isCopied ? 'copied' : 'marked');
  }

  return (
    <div className="command">
      <code ref={text}>{command}</code>
      <button type="button" className="button button--quiet button--small command__copy" onClick={() => void copy()}>
        {did === undefined ? t('Copy') : did === 'copied' ? t('Copied') : t('Marked')}
        <span className="visually-hidden"> {command}</span>
      </button>
    </div>
  );
}
