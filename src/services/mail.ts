import type { MailSettings } from '../db/settings.ts';

export interface Mail {
  readonly to: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly text: string;
  /** Where a mail program can end mails like this one, with a request alone (RFC 8058). */
  readonly unsubscribe?: string;
}

/** Sends one mail. Rejects when the mail server did not take it. */
export type SendMail = (mail: Mail) => Promise<void>;

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Mail by SMTP. A name and password are never sent in the clear: with them, and unless the mail server is this machine, a connection
 * that cannot be encrypted is given up.
 */
export function mailBySmtp({ url, from }: MailSettings): SendMail {
  return async ({ to, subject, text, unsubscribe }) => {
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
    try {
      const headers =
        unsubscribe === undefined
          ? {}
          : { 'List-Unsubscribe': `<${unsubscribe}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' };
      // No mail of a machine asks for an answer of one (RFC 3834).
      await transport.sendMail({ from, to, subject, text, headers: { ...headers, 'Auto-Submitted': 'auto-generated' } });
    } finally {
      transport.close();
    }
  };
}
