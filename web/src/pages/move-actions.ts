import { api, dataOf } from '../api/client.ts';
import { moveView } from '../api/queries.ts';
import { queries } from '../api/query-client.ts';

const NAMES: Readonly<Record<string, string>> = {
  pause: 'Pause',
  resume: 'Go on',
  recover: 'Put right',
  verify: 'Compare both sides',
  practice: 'Practice the switch',
  cutover: 'Switch to PostgreSQL',
  rollback: 'Go back to SQLite',
};

export const actionName = (action: string): string => NAMES[action] ?? action;

/** Starts an action, and looks at the move at once. */
export async function startAction(action: string, confirm?: string): Promise<void> {
  // The paths differ by their last word; those of the switches want a body.
  if (confirm === undefined) await dataOf(api.POST(`/api/v1/move/${action}` as '/api/v1/move/verify'));
  else await dataOf(api.POST(`/api/v1/move/${action}` as '/api/v1/move/cutover', { body: { confirm } }));
  await queries.invalidateQueries({ queryKey: moveView.queryKey });
}
