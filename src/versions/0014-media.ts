import type { Revision } from '../revisions/revision.ts';
import { createTable, dropTable } from '../revisions/step.ts';
import { bytes, int32, int64, table, text, timestamp } from '../schema/index.ts';

const media = table('media', {
  columns: { sha256: text(), media_type: text(), byte_count: int32(), created_at: timestamp(), updated_at: timestamp() },
  primaryKey: ['sha256'],
});

const mediaPart = table('media_part', {
  columns: { sha256: text(), part: int32(), part_bytes: bytes() },
  primaryKey: ['sha256', 'part'],
  references: { sha256: 'media.sha256' },
});

const mediaOwner = table('media_owner', {
  columns: { user_id: int64(), sha256: text(), name: text(), created_at: timestamp() },
  primaryKey: ['user_id', 'sha256'],
  indexes: { ix_media_owner_sha256: ['sha256'] },
  references: { user_id: 'user.id', sha256: 'media.sha256' },
});

export const mediaRevision: Revision = {
  id: '0014',
  name: 'media',
  upgrade: [createTable(media), createTable(mediaPart), createTable(mediaOwner)],
  downgrade: [dropTable('media_owner'), dropTable('media_part'), dropTable('media')],
};
