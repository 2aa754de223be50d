import type { ForeignKey } from '../schema/table.ts';

/** What stands behind `REFERENCES table (columns)`, the same on both engines. */
export function referenceOptions(key: ForeignKey): string {
  return (
    (key.onDelete === undefined ? '' : ` ON DELETE ${key.onDelete.toUpperCase()}`) +
    (key.onUpdate === undefined ? '' : ` ON UPDATE ${key.onUpdate.toUpperCase()}`) +
    (key.isDeferred === true ? ' DEFERRABLE INITIALLY DEFERRED' : '')
  );
}
