/** What the API of the audit trail takes and gives. */
import { id, list, nullable, object, oneOf, text, time } from './json-schema.ts';
import { after, paging } from './schemas.ts';

export const eventList = object(paging, after);
export const events = list(
  object({
    id: id(),
    step_id: text({ description: 'The same for what a step began with and how it ended.' }),
    kind: oneOf(['begun', 'ended']),
    happened_at: time(),
    command: text(),
    os_user: nullable(text({ description: 'Who typed it; null for a step on the page.' })),
    account_id: nullable(id({ description: 'Whose step on the page it was.' })),
    account_name: nullable(text({ description: 'As the account is called now.' })),
    process: text({ description: 'Host and pid.' }),
    details: text({ description: 'JSON: what it was given, secrets taken out; or how it ended.' }),
    chain: text({ description: 'A hash of this event and all before it.' }),
  }),
);
