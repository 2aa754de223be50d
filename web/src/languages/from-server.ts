import { spoken } from './language.ts';
import { msg, t } from './t.ts';

/** What a refusal means when its own sentence has no translation. Codes whose sentence says more than they do are left out. */
const CODES: Readonly<Record<string, string>> = {
  FC_NOT_FOUND: msg('This is not there, or is not yours to see.'),
  FC_CONFLICT: msg('This does not fit what came before. Load the page again.'),
  FC_ANSWER_TIME: msg('The clock of this device is wrong.'),
};

/** The sentences of the server that people meet most, as it says them. */
const SENTENCES: ReadonlySet<string> = new Set([msg('The current password is not right'), msg('Incorrect username or password')]);

/** What the server said, which is English: by its sentence, else by its code, else as it stands. */
export function fromServer(text: string, code: string | undefined): string {
  if (spoken.get().language === 'en') return text;
  return t(SENTENCES.has(text) ? text : (CODES[code ?? ''] ?? text));
}
