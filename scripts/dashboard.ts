/** A row of the dashboard, and its panels: a title, a unit of Grafana, and queries with their legends. */
type Panel = readonly [title: string, unit: string, ...queries: (readonly [expression: string, legend: string])[]];

const of = (name: string, more = ''): string => `flashcase_${name}{job="$job"${more}}`;
const rate = (name: string, more = ''): string => `rate(flashcase_${name}{job="$job"${more}}[$__rate_interval])`;
const quantile = (q: number, name: string, by: string, more = ''): string =>
  `histogram_quantile(${q}, sum by (${by}, le) (${rate(`${name}_bucket`, more)}))`;

const REVIEW = ', method="POST", route="/api/v1/study/review/:card_id"';
const ROWS: readonly (readonly [row: string, ...Panel[]])[] = [
  [
    'What people feel',
    ['Requests a second', 'reqps', [`sum by (route) (${rate('http_requests_total')})`, '{{route}}']],
    [
      'Failed requests a second',
      'reqps',
      [`sum by (route, status) (${rate('http_requests_total', ', status=~"5..|abandoned"')})`, '{{status}} {{route}}'],
    ],
    [
      'Answers of students: time until they are on the disk',
      's',
      [quantile(0.5, 'http_request_duration_seconds', 'job', REVIEW), 'p50'],
      [quantile(0.99, 'http_request_duration_seconds', 'job', REVIEW), 'p99'],
    ],
    ['Answers of students a second', 'ops', [`sum by (result) (${rate('reviews_total')})`, '{{result}}']],
    ['Slowest routes, p99', 's', [`topk(8, ${quantile(0.99, 'http_request_duration_seconds', 'route')})`, '{{route}}']],
    ['Errors a second', 'ops', [`sum by (code) (${rate('errors_total')})`, '{{code}}']],
  ],
  [
    'The process',
    ['Processors in use', 'none', [rate('cpu_seconds_total'), '{{instance}}']],
    ['Memory', 'bytes', [of('memory_bytes'), '{{kind}} {{instance}}']],
    ['Event loop lag, p99', 's', [of('event_loop_lag_seconds', ', percentile="99"'), '{{instance}}']],
    [
      'Connections',
      'none',
      [`sum by (state) (${of('pool_connections')})`, '{{state}}'],
      [`sum(${of('pool_waiting')})`, 'waiting'],
      [`sum(${of('pool_limit')})`, 'limit'],
    ],
    ['Reads a replica might answer, a second', 'ops', [`sum by (outcome) (${rate('replica_reads_total')})`, '{{outcome}}']],
    ['Wait for a connection, p99', 's', [quantile(0.99, 'pool_wait_seconds', 'instance'), '{{instance}}']],
    ['Free on the disks', 'percentunit', [of('disk_free_ratio'), '{{of}} {{instance}}']],
  ],
  [
    'Data and safety',
    ['Size of the database', 'bytes', [of('database_bytes'), '{{instance}}']],
    ['Database answers', 'none', [of('database_up'), '{{instance}}']],
    [
      'Age of backup and drill',
      's',
      [`min(${of('backup_last_success_age_seconds')})`, 'backup'],
      [`min(${of('backup_last_verified_age_seconds')})`, 'proved'],
      [`min(${of('restore_drill_last_success_age_seconds')})`, 'drill'],
    ],
    ['Differences of the schema', 'none', [of('schema_drift'), '{{instance}}']],
    ['Write gate', 'none', [`${of('gate')} == 1`, '{{state}}']],
    ['Live move', 'none', [`${of('move_phase')} == 1`, '{{phase}}'], [of('move_journal_rows'), 'waiting changes']],
  ],
  [
    'SQLite',
    ['Write-ahead log', 'bytes', [of('sqlite_wal_bytes'), '{{instance}}']],
    ['Pages waiting for a checkpoint', 'none', [of('sqlite_wal_frames_waiting'), '{{instance}}']],
    ['Checkpoint overdue for', 's', [of('sqlite_checkpoint_overdue_seconds'), '{{instance}}']],
    ['Waits for other processes', 'ops', [rate('sqlite_busy_waits_total'), '{{instance}}']],
  ],
  [
    'PostgreSQL',
    [
      'Connections of the server',
      'none',
      [`max(${of('postgres_connections_used')})`, 'used'],
      [`max(${of('postgres_connections_max')})`, 'max'],
    ],
    ['Locks waited for', 'none', [`max(${of('postgres_locks_waiting')})`, 'waiting']],
    ['Oldest transaction', 's', [`max(${of('postgres_oldest_transaction_age_seconds')})`, 'age']],
    ['Age of transaction ids', 'none', [`max(${of('postgres_xid_age')})`, 'age']],
    ['Dead rows', 'none', [`max by (table) (${of('postgres_dead_rows')})`, '{{table}}']],
    ['Rows', 'none', [`max by (table) (${of('postgres_live_rows')})`, '{{table}}']],
    [
      'Months ahead, rows without a month',
      'none',
      [`min by (table) (${of('partitions_ahead')})`, '{{table}} ahead'],
      [`max by (table) (${of('default_partition_rows')})`, '{{table}} without'],
    ],
    [
      'Transactions a second',
      'ops',
      [`max(${rate('postgres_commits_total')})`, 'committed'],
      [`max(${rate('postgres_rollbacks_total')})`, 'rolled back'],
      [`max(${rate('postgres_deadlocks_total')})`, 'deadlocks'],
    ],
    [
      'Pages found in memory',
      'percentunit',
      [
        `max(${rate('postgres_blocks_hit_total')}) / (max(${rate('postgres_blocks_hit_total')}) + max(${rate('postgres_blocks_read_total')}))`,
        'share',
      ],
    ],
    ['Standbys: farthest behind', 's', [`max(${of('postgres_replica_lag_seconds')})`, 'lag']],
    ['Log kept for slots', 'bytes', [`max(${of('postgres_wal_retained_bytes')})`, 'kept']],
    ['Since the log was archived', 's', [`max(${of('postgres_archive_last_success_age_seconds')})`, 'age']],
    ['Temporary files', 'Bps', [`max(${rate('postgres_temp_bytes_total')})`, 'written']],
  ],
];

const WIDTH = 8;
const HEIGHT = 7;

/** The dashboard for Grafana, as its import takes it. */
export function dashboard(): string {
  const panels: object[] = [];
  let y = 0;
  const datasource = { type: 'prometheus', uid: '$datasource' };
  for (const [row, ...inRow] of ROWS) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title: row,
      collapsed: false,
      gridPos: { h: 1, w: 24, x: 0, y },
      panels: [],
    });
    y += 1;
    inRow.forEach(([title, unit, ...queries], i) => {
      panels.push({
        id: panels.length + 1,
        type: 'timeseries',
        title,
        datasource,
        gridPos: { h: HEIGHT, w: WIDTH, x: (i % 3) * WIDTH, y: y + Math.floor(i / 3) * HEIGHT },
        fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
        options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
        targets: queries.map(([expr, legendFormat], q) => ({
          refId: String.fromCharCode(65 + q),
          datasource,
          expr,
          legendFormat,
        })),
      });
    });
    y += Math.ceil(inRow.length / 3) * HEIGHT;
  }
  const board = {
    uid: 'flashcase',
    title: 'FlashCase',
    tags: ['flashcase'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Prometheus' },
        {
          name: 'job',
          type: 'query',
          datasource,
          query: { query: 'label_values(flashcase_info, job)', refId: 'job' },
          refresh: 1,
          label: 'Installation',
        },
      ],
    },
    panels,
  };
  return `${JSON.stringify(board, undefined, 2)}\n`;
}
