import type { FastifyInstance } from 'fastify';
import type { SendMail } from '../../services/mail.ts';
import { dropReminder, dropReminderByToken, getReminder, setReminder } from '../../services/reminders.ts';
import { publicRoute, userRoute } from '../route.ts';
import * as schemas from '../schemas.ts';

const tag = 'study';

/** A mail a day that says what is due. */
export async function reminderRoutes(app: FastifyInstance, { sendMail }: { sendMail: SendMail | undefined }): Promise<void> {
  const mails = sendMail !== undefined && app.settings.publicUrl !== undefined;
  userRoute(
    app,
    {
      method: 'GET',
      url: '/study/reminder',
      tag,
      scope: 'study',
      summary: 'When one is reminded by mail of what is due',
      answer: schemas.reminder,
      mode: 'read',
    },
    async ({ session, user }) => ({ ...(await getReminder(session, user)), mails }),
  );
  userRoute(
    app,
    {
      method: 'PUT',
      url: '/study/reminder',
      tag,
      scope: 'study',
      summary: 'Be reminded by mail every day at a time, if cards are due then',
      body: schemas.reminderSet,
      answer: schemas.reminder,
      mode: 'write',
    },
    async ({ session, user, body: { time } }) => ({ ...(await setReminder(session, user, time)), mails }),
  );
  userRoute(
    app,
    {
      method: 'DELETE',
      url: '/study/reminder',
      tag,
      scope: 'study',
      summary: 'Be reminded no more',
      status: 204,
      mode: 'write',
    },
    ({ session, user }) => dropReminder(session, user),
  );
  // Mail programs call it by themselves (RFC 8058), people by the page behind the link of a mail; a GET would be enough for a program that looks at links.
  publicRoute(
    app,
    {
      method: 'POST',
      url: '/study/reminder/off',
      tag,
      summary: 'Be reminded no more, by the link of a mail; the answer does not tell whether it was of anybody',
      query: schemas.reminderOff,
      status: 204,
    },
    ({ query: { token } }) => dropReminderByToken(app.database, token),
  );
}
