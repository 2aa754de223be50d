import type { Revision } from '../revisions/revision.ts';
import { alterTable, createTable, dropTable } from '../revisions/step.ts';
import { generatedId, int64, table, text, timestamp } from '../schema/index.ts';

const apiToken = table('api_token', {
  columns: {
    id: generatedId(),
    user_id: int64(),
    token_hash: text(),
    name: text(),
    scopes: text(),
    created_at: timestamp(),
    last_used_at: timestamp({ nullable: true }),
    expires_at: timestamp({ nullable: true }),
    place: text({ nullable: true }),
  },
  primaryKey: ['id'],
  uniqueIndexes: { ix_api_token_token_hash: ['token_hash'] },
  indexes: { ix_api_token_user_id: ['user_id', 'id'] },
  references: { user_id: 'user.id' },
});

export const accountsRevision: Revision = {
  id: '0015',
  name: 'accounts',
  upgrade: [
    alterTable(
      'auth_session',
      { kind: 'addColumn', name: 'device', column: text({ nullable: true }) },
      { kind: 'addColumn', name: 'place', column: text({ nullable: true }) },
    ),
    createTable(apiToken),
  ],
  downgrade: [
    dropTable('api_token'),
    alterTable('auth_session', { kind: 'dropColumn', name: 'place' }, { kind: 'dropColumn', name: 'device' }),
  ],
};
