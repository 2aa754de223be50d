import type { Schema } from '../schema/table.ts';
import type { Revision } from './revision.ts';

/** What the revision engine works on. It knows nothing of what the tables are for. */
export interface Project {
  /** The model: the schema as the code wants it today. */
  readonly schema: Schema;
  /** The history that leads to it, oldest first. */
  readonly revisions: readonly Revision[];
  /** The newest revision that a release has shipped: files up to it never change, and old code may still run on its schema. */
  readonly released?: string;
  /** The oldest schema this code can serve; its own only where absent. It then uses nothing that came later. */
  readonly minimumRevision?: string;
  /** The newest schema this code can serve although it does not know it, as its successor's release says; its own only where absent. */
  readonly maximumRevision?: string;
}
