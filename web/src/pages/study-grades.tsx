import type { Preview } from '../api/types.ts';
import { msg, t } from '../languages/t.ts';
import { intervalInWords, shortInterval } from '../lib/interval-text.ts';
import type { KeyAction } from '../lib/study-keys.ts';
import type { Grade, Turn } from '../lib/study-round.ts';

export const GRADES: readonly Grade[] = [1, 2, 3, 4];
/** Two buttons have the keys of the first two. */
const BY_PLACE: readonly KeyAction[] = ['again', 'hard', 'good', 'easy'];
export const AGAIN = 1;
export const GOOD = 3;

const NAMES: Readonly<Record<Grade, string>> = { 1: msg('Again'), 2: msg('Hard'), 3: msg('Good'), 4: msg('Easy') };

/** What a grade is called: with two buttons, Good is what was known. */
export function nameOfGrade(grade: Grade, isTwo: boolean, isRepeat: boolean): string {
  if (!isTwo) return t(NAMES[grade]);
  if (grade !== AGAIN) return t('Got it');
  return isRepeat ? t('Again') : t('Forgot');
}

interface GradesProps {
  readonly turn: Turn;
  /** Two buttons in place of four. */
  readonly isTwo: boolean;
  /** The key of a button, by its place with two buttons; absent where it is off. */
  keyOf(action: KeyAction): string | undefined;
  readonly previews: readonly Preview[] | undefined;
  onGrade(grade: Grade): void;
}

/** The buttons below an answer. */
export function Grades({ turn, isTwo, keyOf, previews, onGrade }: GradesProps) {
  const grades: readonly Grade[] = isTwo ? [AGAIN, GOOD] : GRADES;
  return (
    <div className={isTwo ? 'grades grades--repeat' : 'grades'}>
      {grades.map((grade, index) => (
        <GradeButton
          key={grade}
          grade={grade}
          character={keyOf(BY_PLACE[index] as KeyAction)}
          name={nameOfGrade(grade, isTwo, turn.isRepeat)}
          preview={turn.isRepeat ? undefined : previews?.find((preview) => preview.grade === grade)}
          isDefault={grade === GOOD}
          onGrade={onGrade}
        />
      ))}
    </div>
  );
}

interface GradeButtonProps {
  readonly grade: Grade;
  /** Its key, if any. */
  readonly character: string | undefined;
  readonly name: string;
  readonly preview?: Preview | undefined;
  readonly isDefault?: boolean;
  onGrade(grade: Grade): void;
}

function GradeButton({ grade, character, name, preview, isDefault = false, onGrade }: GradeButtonProps) {
  return (
    <button
      type="button"
      className={`grade grade--${BY_PLACE[grade - 1]}${isDefault ? ' grade--default' : ''}`}
      aria-keyshortcuts={character}
      onClick={() => onGrade(grade)}
    >
      <span className="visually-hidden">
        {preview === undefined
          ? name
          : t('{name}, next in {interval}', { name, interval: intervalInWords(preview.interval, preview.seconds) })}
      </span>
      <span aria-hidden="true">{name}</span>
      {preview !== undefined && (
        <span className="grade__next" aria-hidden="true">
          {shortInterval(preview.interval, preview.seconds)}
        </span>
      )}
      {character !== undefined && (
        <span className="grade__key" aria-hidden="true">
          <kbd>{character}</kbd>
        </span>
      )}
    </button>
  );
}
