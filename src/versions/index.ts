import type { Revision } from '../revisions/revision.ts';
import { initial } from './0001-initial.ts';

/** FlashCase's history, oldest first. Listed by hand, so that a package needs no files at run time. */
export const revisions: readonly Revision[] = [initial];
