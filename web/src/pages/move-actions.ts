import { api, dataOf } from '../api/client.ts';
import { moveView } from '../api/queries.ts';
import { queries } from '../api/query-client.ts';
import { msg, t } from '../languages/t.ts';

const NAMES: Readonly<Record<string, string>> = {
  pause: msg('Pause'),
  throttle: msg('When it rests'),
  shadow: msg('Comparing answers'),
  resume: msg('Go on'),
  recover: msg('Put right'),
  verify: msg('Compare both sides'),
  practice: msg('Practice the switch'),
  cutover: msg('Switch to PostgreSQL'),
  rollback: msg('Go back to SQLite'),
};

export const actionName = (action: string): string => t(NAMES[action] ?? action);

/** Starts an action, and looks at the move at once. @param body what confirms a switch, or the value of a setting. */
export async function startAction(action: string, body?: { confirm: string } | { value: string }): Promise<void> {
  // The paths differ by their last word; those of switches and settings want a body.
  if (body === undefined) await dataOf(api.POST(`/api/v1/move/${action}` as '/api/v1/move/verify'));
  else if ('value' in body) await dataOf(api.POST(`/api/v1/move/${action}` as '/api/v1/move/throttle', { body }));
  else await dataOf(api.POST(`/api/v1/move/${action}` as '/api/v1/move/cutover', { body }));
  await queries.invalidateQueries({ queryKey: moveView.queryKey });
}
