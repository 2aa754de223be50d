import type { Revision } from '../revisions/revision.ts';
import { alterTable, createTable, dropTable } from '../revisions/step.ts';
import { generatedId, int32, int64, table, text, timestamp } from '../schema/index.ts';

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

const passkey = table('passkey', {
  columns: {
    id: generatedId(),
    user_id: int64(),
    credential_id: text(),
    public_key: text(),
    sign_count: int64(),
    transports: text({ nullable: true }),
    site: text(),
    name: text(),
    created_at: timestamp(),
    last_used_at: timestamp({ nullable: true }),
  },
  primaryKey: ['id'],
  uniqueIndexes: { ix_passkey_credential_id: ['credential_id'] },
  indexes: { ix_passkey_user_id: ['user_id', 'id'] },
  references: { user_id: 'user.id' },
});

const oneTimeToken = table('one_time_token', {
  columns: {
    id: generatedId(),
    purpose: text(),
    user_id: int64({ nullable: true }),
    token_hash: text(),
    created_at: timestamp(),
    expires_at: timestamp(),
  },
  primaryKey: ['id'],
  uniqueIndexes: { ix_one_time_token_token_hash: ['token_hash'] },
  indexes: { ix_one_time_token_user_id: ['user_id'], ix_one_time_token_expires_at: ['expires_at'] },
  references: { user_id: 'user.id' },
});

export const accountsRevision: Revision = {
  id: '0015',
  name: 'accounts',
  upgrade: [
    alterTable('user', { kind: 'addColumn', name: 'max_cards', column: int32({ nullable: true }) }),
    alterTable(
      'auth_session',
      { kind: 'addColumn', name: 'device', column: text({ nullable: true }) },
      { kind: 'addColumn', name: 'place', column: text({ nullable: true }) },
    ),
    createTable(apiToken),
    createTable(passkey),
    createTable(oneTimeToken),
  ],
  downgrade: [
    dropTable('one_time_token'),
    dropTable('passkey'),
    dropTable('api_token'),
    alterTable('auth_session', { kind: 'dropColumn', name: 'place' }, { kind: 'dropColumn', name: 'device' }),
    alterTable('user', { kind: 'dropColumn', name: 'max_cards' }),
  ],
};
