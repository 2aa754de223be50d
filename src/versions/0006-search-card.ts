import type { Revision } from '../revisions/revision.ts';
import { createTable, dropTable } from '../revisions/step.ts';
import { int64, table, text, timestamp } from '../schema/index.ts';

/** Filled by the server after its start and by `flashcase search rebuild`: what a word is is the code's affair, not the database's. */
const searchCard = table('search_card', {
  columns: { card_id: int64(), words: text(), card_updated_at: timestamp() },
  primaryKey: ['card_id'],
});

export const searchCardRevision: Revision = {
  id: '0006',
  name: 'search_card',
  upgrade: [createTable(searchCard)],
  downgrade: [dropTable('search_card')],
};
