import type { Project } from '../revisions/project.ts';
import { flashcase } from '../schema/flashcase.ts';
import { revisions } from './index.ts';

/** FlashCase as the revision engine sees it. No release has shipped yet, so `released` is absent. */
export const project: Project = { schema: flashcase, revisions };
