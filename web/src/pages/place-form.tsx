import { useState } from 'react';
import type { CardsEdit } from '../api/types.ts';
import { msg, t } from '../languages/t.ts';
import { TextField } from '../ui/field.tsx';

/** The furthest date that cards get by hand, in days: a hundred years. */
const MOST_DAYS = 36_500;

interface PlaceFormProps {
  readonly isBusy: boolean;
  /** @param told what is said of so many cards once it is done */
  onPlace(edit: CardsEdit, told: string): void;
}

/** Gives cards a date by hand, or makes them new again. Both can be taken back, so neither asks first. */
export function PlaceForm({ isBusy, onPlace }: PlaceFormProps) {
  const [days, setDays] = useState('');
  const [problem, setProblem] = useState<string>();
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const isNumber = /^\d{1,5}$/.test(days.trim()) && Number(days) <= MOST_DAYS;
        setProblem(isNumber ? undefined : t('A number of days: 0 for today, {most, number} at most.', { most: MOST_DAYS }));
        if (isNumber)
          onPlace(
            { edit: 'set_due', days: Number(days) },
            msg('{n, plural, one {# card has} other {# cards have}} another date.'),
          );
      }}
    >
      <TextField
        label={t('Ask again in days')}
        name="days"
        value={days}
        problem={problem}
        onChange={setDays}
        input={{ inputMode: 'numeric', maxLength: 5, autoComplete: 'off' }}
      />
      <div className="actions">
        <button type="submit" className="button" aria-disabled={isBusy}>
          {t('Set date')}
        </button>
        <button
          type="button"
          className="button"
          aria-disabled={isBusy}
          onClick={() => onPlace({ edit: 'reset' }, msg('{n, plural, one {# card} other {# cards}} made new again.'))}
        >
          {t('Make new again')}
        </button>
      </div>
    </form>
  );
}
