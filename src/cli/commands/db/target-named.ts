import { FlashcaseError } from '../../../errors/index.ts';
import { type Target, targetOf } from '../../../revisions/compile/target.ts';

/** Reads `sqlite=3.40`. */
export function targetNamed(text: string): Target {
  const [engine, version = ''] = text.split('=');
  if (engine !== 'sqlite' && engine !== 'postgres') {
    throw new FlashcaseError('FC_BAD_REQUEST', {
      what: `"${text}" is no engine and version.`,
      hint: 'Give it as sqlite=3.40 or postgres=15.',
    });
  }
  return targetOf(engine, version);
}
