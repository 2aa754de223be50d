import type { Revision } from '../revisions/revision.ts';
import { alterTable } from '../revisions/step.ts';
import { boolean, int32, text } from '../schema/index.ts';

export const studyPlan: Revision = {
  id: '0012',
  name: 'study_plan',
  upgrade: [
    alterTable(
      'study_settings',
      { kind: 'addColumn', name: 'has_load_balance', column: boolean({ default: false }) },
      { kind: 'addColumn', name: 'weekday_loads', column: text({ default: '100 100 100 100 100 100 100' }) },
      { kind: 'addColumn', name: 'catch_up_from', column: int32({ nullable: true }) },
      { kind: 'addColumn', name: 'catch_up_until', column: int32({ nullable: true }) },
      { kind: 'addColumn', name: 'catch_up_per_day', column: int32({ nullable: true }) },
    ),
  ],
  downgrade: [
    alterTable(
      'study_settings',
      { kind: 'dropColumn', name: 'catch_up_per_day' },
      { kind: 'dropColumn', name: 'catch_up_until' },
      { kind: 'dropColumn', name: 'catch_up_from' },
      { kind: 'dropColumn', name: 'weekday_loads' },
      { kind: 'dropColumn', name: 'has_load_balance' },
    ),
  ],
};
