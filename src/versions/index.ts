import type { Revision } from '../revisions/revision.ts';
import { initial } from './0001-initial.ts';
import { memoryState } from './0002-memory-state.ts';
import { notes } from './0003-notes.ts';
import { reviewCountsRevision } from './0004-review-counts.ts';
import { operations } from './0005-operations.ts';
import { searchCardRevision } from './0006-search-card.ts';
import { exams } from './0007-exams.ts';
import { sharing } from './0008-sharing.ts';
import { operationPartRevision } from './0009-operation-part.ts';
import { upkeepRevision } from './0010-upkeep.ts';
import { auditEventRevision } from './0011-audit-event.ts';
import { studyPlan } from './0012-study-plan.ts';
import { savedSearchRevision } from './0013-saved-search.ts';
import { mediaRevision } from './0014-media.ts';
import { accountsRevision } from './0015-accounts.ts';
import { reminderRevision } from './0016-reminder.ts';

/** The history, oldest first. Written by `flashcase db revision` from the files of this folder, which a package does not have. */
export const revisions: readonly Revision[] = [
  initial, // 0001
  memoryState, // 0002
  notes, // 0003
  reviewCountsRevision, // 0004
  operations, // 0005
  searchCardRevision, // 0006
  exams, // 0007
  sharing, // 0008
  operationPartRevision, // 0009
  upkeepRevision, // 0010
  auditEventRevision, // 0011
  studyPlan, // 0012
  savedSearchRevision, // 0013
  mediaRevision, // 0014
  accountsRevision, // 0015
  reminderRevision, // 0016
];
