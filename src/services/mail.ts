import type { MailSettings } from '../db/settings.ts';

export interface Mail {
  /** An address alone: a name beside it would be somebody's own text. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** Where a mail program can end mails like this one, with a request alone (RFC 8058). */
  readonly unsubscribe?: string;
  /** Message-ID without its brackets, for a mail that may be sent more than once; else each has one of its own. */
  readonly id?: string;
}

/** Sends one mail. Rejects with `MailFailure` when the mail server did not take it, or may not have. */
export type SendMail = (mail: Mail) => Promise<void>;

/**
 * What became of a mail that was not taken. `unreached`: it was not even offered, as none could be now. `later`: the server wants it later (4xx).
 * `refused`: for good (5xx). `unknown`: the server has it all and said nothing, so that it may be delivered.
 */
export type MailFate = 'unreached' | 'later' | 'refused' | 'unknown';

/** A mail that was not sent, as far as is known. */
export class MailFailure extends Error {
  override readonly name = 'MailFailure';
  readonly fate: MailFate;

  constructor(fate: MailFate, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.fate = fate;
  }
}

/** What became of a mail, by what its sending was rejected with; of a failure nobody knows, nothing is known. */
export const fateOf = (error: unknown): MailFate => (error instanceof MailFailure ? error.fate : 'unknown');

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** @param isGiven the whole mail was given to the connection */
function fateIn(error: unknown, isGiven: boolean): MailFate {
  const { code, command, responseCode } = error as { code?: string; command?: string; responseCode?: number };
  if (responseCode === undefined) {
    if (isGiven) return 'unknown';
    // An address that cannot be one; all else without an answer is the connection's.
    return code === 'EENVELOPE' || code === 'EMESSAGE' ? 'refused' : 'unreached';
  }
  // A greeting, a login or a sender that is refused is refused for every mail.
  if (!isGiven && command !== 'RCPT TO' && command !== 'DATA') return 'unreached';
  return responseCode < 500 ? 'later' : 'refused';
}

/**
 * Mail by SMTP. A name and password are never sent in the clear: with them, and unless the mail server is this machine, a connection
 * that cannot be encrypted is given up.
 */
export function mailBySmtp({ url, from }: MailSettings): SendMail {
  return async ({ to, subject, text, unsubscribe, id }) => {
    // Loaded when it is first wanted: most servers send no mail, and those that do start sooner.
    const { createTransport } = await import('nodemailer');
    const { protocol, hostname, port, username, password } = new URL(url);
    const isSecure = protocol === 'smtps:';
    const transport = createTransport({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (isSecure ? 465 : 587) : Number(port),
      secure: isSecure,
      requireTLS: !isSecure && username !== '' && !LOOPBACK.includes(hostname),
      ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
      connectionTimeout: 15_000,
      greetingTimeout: 15_000,
      socketTimeout: 30_000,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    let isGiven = false;
    transport.use('stream', (mail, done) => {
      // The connection reads it when the server has said that it takes it; at its end the server may have it.
      mail.message.processFunc((whole) => whole.once('end', () => (isGiven = true)));
      done();
    });
    try {
      const headers =
        unsubscribe === undefined
          ? {}
          : { 'List-Unsubscribe': `<${unsubscribe}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' };
      await transport.sendMail({
        ...{ from, to: { name: '', address: to }, subject, text },
        ...(id === undefined ? {} : { messageId: `<${id}>` }),
        // No mail of a machine asks for an answer of one (RFC 3834).
        headers: { ...headers, 'Auto-Submitted': 'auto-generated' },
      });
    } catch (error) {
      throw new MailFailure(fateIn(error, isGiven), error);
    } finally {
      transport.close();
    }
  };
}
