import type { Command } from 'commander';

interface Group {
  readonly about: string;
  readonly load: () => Promise<() => Command>;
}

/** One command group a file; loaded only when it is used, so that `flashcase serve` starts without the rest. */
export const GROUPS: Readonly<Record<string, Group>> = {
  serve: { about: 'Start the server and the web page.', load: async () => (await import('./commands/serve.ts')).serve },
  db: { about: 'Create, upgrade, adopt and check the database.', load: async () => (await import('./commands/db/index.ts')).db },
  move: { about: 'Move the data from SQLite to PostgreSQL.', load: async () => (await import('./commands/move/index.ts')).move },
  quarantine: {
    about: 'Look at rows that were set aside.',
    load: async () => (await import('./commands/quarantine.ts')).quarantine,
  },
  drill: { about: 'Try the newest backup out.', load: async () => (await import('./commands/drill.ts')).drill },
  restore: { about: 'Restore a backup.', load: async () => (await import('./commands/restore.ts')).restore },
  backup: { about: 'Make, list, verify and prune backups.', load: async () => (await import('./commands/backup.ts')).backup },
  study: { about: 'Check what follows from the log of answers.', load: async () => (await import('./commands/study.ts')).study },
  search: {
    about: 'Search cards; check and rebuild the search.',
    load: async () => (await import('./commands/search.ts')).search,
  },
  import: {
    about: 'Import cards: CSV, Quizlet, Obsidian, Anki packages, archives.',
    load: async () => (await import('./commands/import.ts')).importCommand,
  },
  export: {
    about: 'Export a deck: CSV, Anki package, archive.',
    load: async () => (await import('./commands/export.ts')).exportCommand,
  },
  media: {
    about: 'Find and remove pictures and sounds that no note shows.',
    load: async () => (await import('./commands/media.ts')).media,
  },
  user: { about: 'Create, list and help users.', load: async () => (await import('./commands/user.ts')).user },
  bench: {
    about: 'Compare both engines under the same load: does a move pay?',
    load: async () => (await import('./commands/bench.ts')).bench,
  },
  monitor: {
    about: 'How the database is, and what to do about it.',
    load: async () => (await import('./commands/monitor.ts')).monitor,
  },
  doctor: {
    about: 'Test a PostgreSQL server before FlashCase works on it.',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  audit: {
    about: 'What operators did: who, what, when, how it ended.',
    load: async () => (await import('./commands/audit.ts')).audit,
  },
  support: {
    about: 'Write one archive for whoever helps, without secrets and content.',
    load: async () => (await import('./commands/support.ts')).support,
  },
  settings: {
    about: 'Print every setting with its source.',
    load: async () => (await import('./commands/settings.ts')).settings,
  },
};
