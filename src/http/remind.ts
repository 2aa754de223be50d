import type { FastifyBaseLogger } from 'fastify';
import type { Database } from '../db/database.ts';
import type { Settings } from '../db/settings.ts';
import { MailFailure, mailBySmtp } from '../services/mail.ts';
import { type Reminded, sendReminders } from '../services/reminders.ts';

/**
 * What sends the reminders that are due, each time it is called; `undefined` where this server sends none. A mail server that takes nothing is logged once, and
 * again after it has taken something: it is the same for everybody.
 */
export function reminderSender(
  database: Database,
  { mail, publicUrl }: Settings,
  log: Pick<FastifyBaseLogger, 'warn'>,
  signal: AbortSignal,
): (() => Promise<Reminded>) | undefined {
  if (mail === undefined || publicUrl === undefined) return undefined;
  const send = mailBySmtp(mail);
  let isTold = false;
  return async () => {
    const done = await sendReminders(database, send, publicUrl, {
      signal,
      onFailure(error) {
        if (!(error instanceof MailFailure))
          log.warn({ err: error }, 'A reminder could not be made; it is looked at again a day later.');
        else if (!isTold) log.warn({ err: error }, 'A reminder could not be mailed. Next: look at SMTP_URL and MAIL_FROM.');
        isTold ||= error instanceof MailFailure;
      },
    });
    if (done.sent > 0) isTold = false;
    return done;
  };
}
