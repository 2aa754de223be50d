import { exitCodeOf, lint, lintLines } from '../src/revisions/lint/lint.ts';
import { project } from '../src/versions/project.ts';

/** What `flashcase db lint --offline` says of FlashCase's own revisions; nothing when they are safe. */
export async function revisionProblems(): Promise<string> {
  const report = await lint(project);
  return exitCodeOf(report) === 0 ? '' : lintLines(report).join('\n');
}
