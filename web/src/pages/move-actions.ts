import { api, dataOf } from '../api/client.ts';
import { moveView } from '../api/queries.ts';
import { queries } from '../api/query-client.ts';

const NAMES: Readonly<Record<string, string>> = {
  pause: 'Pause',
  throttle: 'When it rests',
  shadow: 'Comparing answers',
  resume: 'Go on',
  recover: 'Put right',
  verify: 'Compare both sides',
  practice: 'Practice the switch',
  cutover: 'Switch to PostgreSQL',
  rollback: 'Go back to SQLite',
};

export const actionName = (action: string): string => NAMES[action] ?? action;

/** Starts an action, and looks at the move at once. @param body what confirms a switch, or the value of a setting. */
export async function startAction(action: string, body?: { confirm: string } | { value: string }): Promise<void> {
  // The paths differ by their last word; those of switches and settings want a body.
  if (body === undefined) await dataOf(api.POST(`/api/v1/move/${action}` as '/api/v1/move/verify'));
  else if ('value' in body) await dataOf(api.POST(`/api/v1/move/${action}` as '/api/v1/move/throttle', { body }));
  else await dataOf(api.POST(`/api/v1/move/${action}` as '/api/v1/move/cutover', { body }));
  await queries.invalidateQueries({ queryKey: moveView.queryKey });
}
