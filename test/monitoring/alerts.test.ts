import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { dashboard } from '../../scripts/dashboard.ts';
import { METRICS, type Metric, PREFIX } from '../../src/ops/metrics/metric-list.ts';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const RULES = join(root, 'docs/monitoring/flashcase-alerts.yaml');
const RUNBOOKS = join(root, 'docs/guide/runbooks');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}

const { groups } = parse(readFileSync(RULES, 'utf8')) as { groups: { name: string; rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const metrics: Readonly<Record<string, Metric>> = METRICS;

/** Every name of ours in an expression, without what a histogram adds to it. */
function namesIn(expression: string): string[] {
  return [...expression.matchAll(/\bflashcase_\w+/g)].map(([found]) => {
    const name = found.slice(PREFIX.length);
    return metrics[name] === undefined ? name.replace(/_(bucket|sum|count)$/, '') : name;
  });
}

/** Throws when an expression names a metric or a label that /metrics does not have. */
function judge(expression: string, where: string): void {
  for (const name of namesIn(expression)) assert.ok(metrics[name] !== undefined, `${where} names ${name}, which no server tells`);
  for (const [, found = '', matchers = ''] of expression.matchAll(/\b(flashcase_\w+)\{([^}]*)\}/g)) {
    const [name = ''] = namesIn(found);
    for (const [, label = ''] of matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g))
      assert.ok(
        ['job', 'instance', 'le', ...(metrics[name]?.labels ?? [])].includes(label),
        `${where}: ${name} has no label ${label}`,
      );
  }
}

describe('the alerts', () => {
  test('each rule has what Prometheus needs: an expression over metrics of a server, a time, a severity, a sentence', () => {
    assert.ok(rules.length > 30);
    for (const rule of rules) {
      assert.match(rule.alert, /^Flashcase[A-Z]\w+$/);
      assert.match(rule.expr, /[<>]=? ?-?[\d.]+|== [01]/, rule.alert);
      assert.equal(rule.expr.split('(').length, rule.expr.split(')').length, rule.alert);
      if (rule.for !== undefined) assert.match(rule.for, /^\d+[smhd]$/, rule.alert);
      assert.ok(['warning', 'page'].includes(rule.labels.severity), rule.alert);
      assert.match(rule.annotations.summary, /^[A-Z{].*\.$/, rule.alert);
      if (rule.alert !== 'FlashcaseDown') assert.ok(namesIn(rule.expr).length > 0, rule.alert);
      judge(rule.expr, rule.alert);
    }
  });

  test('every alert has its runbook page, every page its alert, and what a page names is there', () => {
    const names = new Set(rules.map(({ alert }) => alert));
    const pages = readdirSync(RUNBOOKS).filter((page) => page !== 'README.md');
    assert.deepEqual(pages.toSorted(), [...names].map((name) => `${name}.md`).toSorted());
    for (const { alert, annotations } of rules) assert.equal(annotations.runbook_url, `docs/guide/runbooks/${alert}.md`);
    const index = readFileSync(join(RUNBOOKS, 'README.md'), 'utf8');
    for (const page of [...pages, 'README.md']) {
      const text = readFileSync(join(RUNBOOKS, page), 'utf8');
      if (page !== 'README.md') {
        assert.ok(text.startsWith(`# ${page.slice(0, -3)}\n`), page);
        for (const part of ['**What people notice.**', '## Look', '## Do']) assert.ok(text.includes(part), `${page}: ${part}`);
        assert.ok(index.includes(`(${page})`), `${page} is not in the index`);
      }
      for (const [, link = ''] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g))
        assert.ok(existsSync(join(RUNBOOKS, link)), `${page} points to ${link}`);
      for (const code of text.matchAll(/`([^`]*flashcase_[^`]*)`/g)) judge(code[1] as string, page);
    }
  });

  test('the dashboard shows only metrics that a server tells', () => {
    const made = dashboard();
    assert.equal(readFileSync(join(root, 'docs/monitoring/grafana-dashboard.json'), 'utf8'), made);
    const { panels } = JSON.parse(made) as { panels: { type: string; title: string; targets?: { expr: string }[] }[] };
    const shown = panels.filter(({ type }) => type !== 'row');
    assert.ok(shown.length > 25);
    for (const { title, targets = [] } of shown) {
      assert.ok(targets.length > 0, title);
      for (const { expr } of targets) {
        assert.ok(namesIn(expr).length > 0, title);
        judge(expr, title);
      }
    }
  });
});

/** promtool of Debian’s package prometheus, where FLASHCASE_PROMTOOL names it. */
const { FLASHCASE_PROMTOOL: promtool } = process.env;

describe('the alerts, as Prometheus takes them', { skip: promtool === undefined ? 'not run: no promtool here' : false }, () => {
  const run = (...args: readonly string[]) => execFileSync(promtool as string, [...args], { encoding: 'utf8', stdio: 'pipe' });

  test('promtool takes the rules', () => {
    assert.match(run('check', 'rules', RULES), /SUCCESS: \d+ rules found/);
  });

  test('each alert about a value fires past its threshold and not before', () => {
    const folder = mkdtempSync(join(tmpdir(), 'flashcase-rules-'));
    try {
      const cases = SERIES.map(([alert, series, severity]) => ({ alert, series, severity }));
      const tests = cases.map(({ alert, series, severity }) => ({
        interval: '1m',
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        alert_rule_test: [
          { eval_time: '29m', alertname: alert, exp_alerts: [] },
          {
            eval_time: '2h',
            alertname: alert,
            exp_alerts: [{ exp_labels: { severity, ...ALERT_LABELS[alert] } }],
          },
        ],
      }));
      const file = join(folder, 'test.yaml');
      // Annotations are compared too where they are named: they are rendered by promtool, and only their labels matter here.
      writeFileSync(file, JSON.stringify({ rule_files: [strippedRules(folder)], evaluation_interval: '1m', tests }));
      assert.match(run('test', 'rules', file), /SUCCESS/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

/** The rules without their sentences. */
function strippedRules(folder: string): string {
  const file = join(folder, 'rules.json');
  const bare = groups.map(({ name, rules: inGroup }) => ({ name, rules: inGroup.map(({ annotations: _, ...rule }) => rule) }));
  writeFileSync(file, JSON.stringify({ groups: bare }));
  return file;
}

const AT = 'job="flashcase",instance="a"';
const both = { job: 'flashcase', instance: 'a' };
/** Labels that the alert keeps of its series. */
const ALERT_LABELS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  FlashcaseDatabaseUnreachable: both,
  FlashcaseReviewsSlow: { job: 'flashcase' },
  FlashcaseReviewsFailing: { job: 'flashcase' },
  FlashcaseDiskLow: { ...both, of: 'data' },
  FlashcaseBackupOld: { job: 'flashcase' },
  FlashcaseBackupFailed: { job: 'flashcase' },
  FlashcaseLogBehind: { job: 'flashcase' },
  FlashcasePhysicalBackupOld: { job: 'flashcase' },
  FlashcasePhysicalDrillOld: { job: 'flashcase' },
  FlashcaseArchiveBehind: both,
  FlashcaseDrillFailed: { job: 'flashcase' },
  FlashcaseWritesHeld: { ...both, state: 'holding' },
  FlashcaseMoveBehind: both,
  FlashcaseCheckpointOverdue: both,
  FlashcasePostgresConnections: both,
  FlashcasePostgresDeadRows: { ...both, table: 'card' },
  FlashcasePartitionsMissing: { ...both, table: 'study_log' },
  FlashcaseDefaultPartitionRows: { ...both, table: 'study_log' },
};

/** Half an hour in which all is well, then a time in which it is not: alert, series in promtool's notation, severity. */
const SERIES: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  ['FlashcaseDatabaseUnreachable', { [`flashcase_database_up{${AT}}`]: '1x29 0x400' }, 'page'],
  [
    'FlashcaseReviewsSlow',
    {
      [`flashcase_http_request_duration_seconds_bucket{${AT},method="POST",route="/api/v1/study/review/:card_id",le="0.15"}`]:
        '0+60x29 1800+0x400',
      [`flashcase_http_request_duration_seconds_bucket{${AT},method="POST",route="/api/v1/study/review/:card_id",le="0.25"}`]:
        '0+60x29 1800+60x400',
      [`flashcase_http_request_duration_seconds_bucket{${AT},method="POST",route="/api/v1/study/review/:card_id",le="+Inf"}`]:
        '0+60x29 1800+60x400',
    },
    'warning',
  ],
  [
    'FlashcaseReviewsFailing',
    {
      [`flashcase_reviews_total{${AT},result="acknowledged"}`]: '0+600x430',
      [`flashcase_reviews_total{${AT},result="failed"}`]: '0x29 0+1x400',
    },
    'page',
  ],
  ['FlashcaseDiskLow', { [`flashcase_disk_free_ratio{${AT},of="data"}`]: '0.21x29 0.19x400' }, 'warning'],
  [
    'FlashcaseBackupOld',
    {
      // Another server has none at all, and that is no matter.
      [`flashcase_backup_last_success_age_seconds{${AT}}`]: '90000+60x430',
      [`flashcase_backup_last_success_age_seconds{job="flashcase",instance="b"}`]: '999999x430',
      [`flashcase_backup_last_verified_age_seconds{${AT}}`]: '0x430',
    },
    'warning',
  ],
  ['FlashcasePhysicalBackupOld', { [`flashcase_physical_backup_last_success_age_seconds{${AT}}`]: '90000+60x430' }, 'warning'],
  ['FlashcasePhysicalDrillOld', { [`flashcase_physical_drill_last_failed{${AT}}`]: '0x29 1x400' }, 'page'],
  [
    'FlashcaseArchiveBehind',
    {
      [`flashcase_postgres_archive_last_success_age_seconds{${AT}}`]: '60x29 300x400',
      // A machine without physical backups archives when it likes.
      [`flashcase_postgres_archive_last_success_age_seconds{job="flashcase",instance="b"}`]: '99999x430',
      [`flashcase_physical_backup_last_success_age_seconds{${AT}}`]: '3600x430',
    },
    'warning',
  ],
  [
    'FlashcaseLogBehind',
    {
      // The oldest moment is always long ago, and no matter.
      [`flashcase_recoverable_window_seconds{${AT},end="oldest"}`]: '999999x430',
      [`flashcase_recoverable_window_seconds{${AT},end="newest"}`]: '35x29 300x400',
    },
    'warning',
  ],
  [
    'FlashcaseBackupFailed',
    {
      // The server beside it was well the last time it made one.
      [`flashcase_backup_last_failed{${AT}}`]: '0x29 1x400',
      [`flashcase_backup_last_failed{job="flashcase",instance="b"}`]: '0x430',
    },
    'warning',
  ],
  ['FlashcaseDrillFailed', { [`flashcase_restore_drill_last_failed{${AT}}`]: '0x29 1x400' }, 'page'],
  ['FlashcaseWritesHeld', { [`flashcase_gate{${AT},state="holding"}`]: '0x29 1x400' }, 'page'],
  [
    'FlashcaseMoveBehind',
    {
      [`flashcase_move_journal_rows{${AT}}`]: '90000x29 110000x400',
      [`flashcase_move_paused{${AT}}`]: '0x430',
      // A move that somebody paused is meant to be behind.
      'flashcase_move_journal_rows{job="flashcase",instance="b"}': '110000x430',
      'flashcase_move_paused{job="flashcase",instance="b"}': '1x430',
    },
    'warning',
  ],
  ['FlashcaseCheckpointOverdue', { [`flashcase_sqlite_checkpoint_overdue_seconds{${AT}}`]: '0x29 0+60x400' }, 'warning'],
  [
    'FlashcasePostgresConnections',
    { [`flashcase_postgres_connections_used{${AT}}`]: '70x29 90x400', [`flashcase_postgres_connections_max{${AT}}`]: '97x430' },
    'warning',
  ],
  [
    'FlashcasePostgresDeadRows',
    {
      [`flashcase_postgres_dead_rows{${AT},table="card"}`]: '20000x29 40000x400',
      [`flashcase_postgres_live_rows{${AT},table="card"}`]: '100000x430',
    },
    'warning',
  ],
  ['FlashcasePartitionsMissing', { [`flashcase_partitions_ahead{${AT},table="study_log"}`]: '3x29 2x400' }, 'warning'],
  ['FlashcaseDefaultPartitionRows', { [`flashcase_default_partition_rows{${AT},table="study_log"}`]: '0x29 1x400' }, 'page'],
];
