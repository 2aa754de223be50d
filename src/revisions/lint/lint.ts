import type { Engine } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { readLedger } from '../ledger.ts';
import { sizesOf } from '../live-size.ts';
import { fileNameOf, pendingRevisions, requireOneHistory } from '../pending.ts';
import type { Project } from '../project.ts';
import type { Revision } from '../revision.ts';
import { appliedRevisions, stateOf } from '../run.ts';
import { unsquashed } from '../settle.ts';
import type { Finding, Problem } from './finding.ts';
import { refuseBadIgnores } from './ignores.ts';
import type { Live, Rule } from './rule.ts';
import { rules } from './rules/all.ts';
import { type Scene, scenesOf } from './scene.ts';

export interface LintOptions {
  /** The database that is there: rules that count run on what is pending in it. */
  readonly engine?: Engine;
  /** Only these revisions; else those that no release has yet (facts F61). */
  readonly ids?: readonly string[];
  /** Released ones too: as if each had been new when it was written. */
  readonly includesReleased?: boolean;
}

export interface LintReport {
  /** The revisions that were looked at. */
  readonly revisions: readonly string[];
  /** The newest released revision; absent when the project names none: every table counts as new then. */
  readonly released?: string;
  /** Where rules counted rows; absent when no database was asked. */
  readonly location?: string;
  readonly findings: readonly Finding[];
}

/** Judges revisions before they are released. Throws `FC_REVISION_UNKNOWN` for an id that is none, and what `replay` throws. */
export async function lint(squashed: Project, options: LintOptions = {}): Promise<LintReport> {
  requireOneHistory(squashed.revisions);
  const project = asMade(squashed);
  const chosen = chosenRevisions(project, options);
  const revisions = chosen.map(({ id }) => id);
  const { engine } = options;
  const released = squashed.released === undefined ? {} : { released: squashed.released };
  if (engine === undefined) return { revisions, ...released, findings: await findingsOf(project, chosen, new Set(), undefined) };
  return engine.read(async (connection) => {
    const ledger = await readLedger(connection, engine);
    pendingRevisions(squashed.revisions, ledger, { allowsOutOfOrder: true });
    const applied = new Set(appliedRevisions(squashed.revisions, ledger).flatMap(({ id, replaces = [] }) => [id, ...replaces]));
    const sizes = await sizesOf(connection, engine, Object.keys(stateOf(squashed.revisions, ledger).tables));
    const findings = await findingsOf(project, chosen, applied, { connection, engine, sizes });
    return { revisions, ...released, location: engine.location, findings };
  });
}

/**
 * The history as it was made, since a release, or a database, may be between revisions that are squashed now. Where a squash has no old
 * files any more, a release inside it counts as one that has all of it: rather too many tables are taken for used than too few.
 */
function asMade(project: Project): Project {
  const revisions = unsquashed(project.revisions);
  const { released } = project;
  const squash = revisions.find(({ replaces }) => released !== undefined && replaces?.includes(released) === true);
  return { ...project, revisions, ...(squash === undefined ? {} : { released: squash.id }) };
}

/** 1 where something is unsafe, 2 where only a person can say, 0 else. */
export function exitCodeOf({ findings }: LintReport): 0 | 1 | 2 {
  if (findings.some(({ level }) => level === 'error')) return 1;
  return findings.some(({ level }) => level === 'decide') ? 2 : 0;
}

function chosenRevisions({ revisions, released }: Project, { ids, includesReleased }: LintOptions): Revision[] {
  const unknown = ids?.find((id) => !revisions.some((revision) => revision.id === id));
  if (unknown !== undefined)
    throw new FlashcaseError('FC_REVISION_UNKNOWN', {
      what: `There is no revision ${unknown}.`,
      hint: 'flashcase db history lists them.',
    });
  if (ids !== undefined && ids.length > 0) return revisions.filter(({ id }) => ids.includes(id));
  return revisions.filter(({ id }) => includesReleased === true || released === undefined || id > released);
}

async function findingsOf(
  project: Project,
  chosen: readonly Revision[],
  applied: ReadonlySet<string>,
  live: Live | undefined,
): Promise<Finding[]> {
  const scenes = scenesOf(project, applied);
  const findings: Finding[] = [];
  for (const revision of chosen) {
    const isPending = !applied.has(revision.id);
    const fired = new Set<string>();
    const ran = new Set<string>();
    for (const scene of scenes.filter((entry) => entry.revision === revision)) {
      for (const rule of rules as readonly Rule[]) {
        if (scene.direction === 'down' && rule.isUpOnly === true) continue;
        const problems = await problemsOf(rule, scene, isPending && scene.direction === 'up' ? live : undefined, ran);
        if (problems.length > 0) fired.add(rule.id);
        if (rule.id in (revision.ignores ?? {})) continue;
        findings.push(...problems.map((problem) => findingOf(rule, scene, problem)));
      }
    }
    findings.push(...refuseBadIgnores(revision, rules, ran, fired));
  }
  return findings;
}

async function problemsOf(rule: Rule, scene: Scene, live: Live | undefined, ran: Set<string>): Promise<Problem[]> {
  if (live !== undefined && rule.live !== undefined) {
    ran.add(rule.id);
    return Array.fromAsync(rule.live(scene, live));
  }
  if (rule.check === undefined) return [];
  ran.add(rule.id);
  return [...rule.check(scene)];
}

function findingOf(rule: Rule, { revision, direction }: Scene, problem: Problem): Finding {
  return {
    rule: rule.id,
    revision: revision.id,
    file: fileNameOf(revision),
    direction,
    engines: rule.engines,
    why: rule.why,
    ...problem,
  };
}

/** For people: file, rule, what, the safe way. */
export function lintLines({ revisions, released, location, findings }: LintReport): string[] {
  const where = location === undefined ? 'without a database' : `rows counted at ${location}`;
  const lines = findings.flatMap(({ file, rule, level, direction, what, why, rewrite }) => [
    `${level === 'decide' ? 'DECIDE' : level}  ${file}  ${rule}${direction === 'down' ? '  (way down)' : ''}`,
    `  ${what}`,
    `  ${why}`,
    ...(rewrite === undefined ? [] : rewrite.split('\n').map((line) => `    ${line}`)),
    '',
  ]);
  return [
    ...lines,
    `${revisions.length} ${revisions.length === 1 ? 'revision' : 'revisions'} looked at, ${where}: ${findings.length === 0 ? 'nothing to say' : counted(findings)}.`,
    ...(released === undefined ? ['The project names no released revision: every table counts as new, without users.'] : []),
  ];
}

function counted(findings: readonly Finding[]): string {
  const count = (level: Finding['level']): number => findings.filter((finding) => finding.level === level).length;
  return [
    ...(count('error') > 0 ? [`${count('error')} unsafe`] : []),
    ...(count('decide') > 0 ? [`${count('decide')} to decide`] : []),
    ...(count('note') > 0 ? [`${count('note')} to know`] : []),
  ].join(', ');
}
