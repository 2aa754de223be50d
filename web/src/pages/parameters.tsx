import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { changed } from '../api/changes.ts';
import { ApiError, api } from '../api/client.ts';
import { type Fit, parameters } from '../api/look-ahead.ts';
import { t } from '../languages/t.ts';
import { decimal } from '../lib/text.ts';
import { DataTable } from '../ui/chart.tsx';
import { FormFailure, LoadFailure, Loading } from '../ui/feedback.tsx';

/** Parameters of FSRS that fit one's own memory. */
export default function Parameters() {
  const asked = useQuery(parameters);
  const client = useQueryClient();
  const [running, setRunning] = useState<'fit' | 'published'>();
  const [fit, setFit] = useState<Fit>();
  const [failure, setFailure] = useState<string>();
  /** Going away ends the fit at the server. */
  const cancel = useRef<AbortController>(undefined);
  useEffect(() => () => cancel.current?.abort(), []);

  async function run(which: 'fit' | 'published', work: (signal: AbortSignal) => Promise<Fit | undefined>): Promise<void> {
    if (running !== undefined) return;
    const mine = new AbortController();
    cancel.current = mine;
    setRunning(which);
    setFailure(undefined);
    setFit(undefined);
    try {
      setFit(await work(mine.signal));
      await client.invalidateQueries({ queryKey: ['study-settings'] });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure(mine.signal.aborted ? t('Cancelled. Nothing was changed.') : error.message);
    } finally {
      setRunning(undefined);
    }
  }

  if (asked.data === undefined) {
    if (asked.error !== null)
      return <LoadFailure what={t('Your parameters')} error={asked.error} onRetry={() => void asked.refetch()} />;
    return <Loading what={t('Looking at your parameters')} />;
  }
  const { weights, has_optimiser: hasOptimiser } = asked.data;
  const optimise = () =>
    run('fit', async (signal) => {
      const found = await changed(api.POST('/api/v1/study/parameters/optimise', { signal }), t('Parameters adopted.'));
      return found;
    });
  const takePublished = () =>
    run('published', async (signal) => {
      await changed(
        api.PUT('/api/v1/study/parameters', { body: { weights: null }, signal }),
        t('The published parameters again.'),
      );
      return undefined;
    });
  return (
    <div>
      <p>
        {weights === null
          ? t('FSRS uses the published parameters, those of an average student.')
          : t('FSRS uses parameters that were fitted to your answers.')}{' '}
        {t(
          'Others are learned from the earlier four fifths of your answers, and taken only if they predict the newest fifth better. No date moves; undo takes them back.',
        )}
      </p>
      {hasOptimiser ? (
        <div className="actions">
          <button type="button" className="button" aria-disabled={running !== undefined} onClick={() => void optimise()}>
            {running === 'fit' ? t('Fitting …') : t('Fit to my answers')}
          </button>
          {running === 'fit' && (
            <button type="button" className="button" onClick={() => cancel.current?.abort()}>
              {t('Cancel')}
            </button>
          )}
          {weights !== null && (
            <button type="button" className="button" aria-disabled={running !== undefined} onClick={() => void takePublished()}>
              {t('Use the published ones')}
            </button>
          )}
        </div>
      ) : (
        <p className="soft">{t('The optimiser is not installed on this server: parameters stay as they are.')}</p>
      )}
      <div role="status">{fit !== undefined && <Found fit={fit} />}</div>
      <FormFailure message={failure} />
    </div>
  );
}

function Found({ fit: { learned, held_out: heldOut, before, after, is_adopted: isAdopted } }: { fit: Fit }) {
  if (before === null || after === null)
    return (
      <p>
        {t('You have {value, plural, one {# answer} other {# answers}} to learn from; parameters of your own need 400.', {
          value: learned + heldOut,
        })}
      </p>
    );
  return (
    <>
      <p>
        {isAdopted
          ? t('Better parameters were found and are used from now on.')
          : t('Nothing better was found: the parameters stay as they are.')}
      </p>
      <DataTable
        caption={t('How well your newest answers are predicted; lower is better')}
        head={[t('Parameters'), t('Log loss'), t('RMSE(bins)')]}
        rows={[
          [t('Before'), decimal(before.log_loss, 4), decimal(before.rmse_bins, 4)],
          [t('Fitted'), decimal(after.log_loss, 4), decimal(after.rmse_bins, 4)],
        ]}
      />
      <p className="soft">
        {t('Learned from {learned, plural, one {# answer} other {# answers}}, judged by the newest {heldOut, number}.', {
          learned,
          heldOut,
        })}
      </p>
    </>
  );
}
