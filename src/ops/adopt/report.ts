import type { LegacyVersion } from './recognise.ts';

export interface TableAccount {
  readonly table: string;
  /** rows in = rows out + quarantined. */
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly quarantined: number;
}

/** What an adoption did, for the operator and for machines. */
export interface AdoptionReport {
  readonly version: LegacyVersion;
  /** The verified copy made before anything was changed; absent on PostgreSQL. */
  readonly backup?: string;
  readonly runId: string;
  readonly tables: readonly TableAccount[];
  /** Reason to number of rows. */
  readonly quarantinedBy: Readonly<Record<string, number>>;
  readonly normalisedTimes: number;
  /** Version 1 only: reviews whose rating could, and could not, be told from ease and interval. */
  readonly inferredRatings?: { readonly known: number; readonly unknown: number };
  readonly cardStates: number;
  /** Students who had studied a private deck they held no row for: they keep it. */
  readonly keptDecks: readonly { readonly userId: bigint; readonly deckId: bigint }[];
  /** Decks nobody owned, and whom they were given to by which rule. */
  readonly assignedDecks: readonly { readonly deckId: bigint; readonly userId: bigint; readonly rule: string }[];
  /** Decks nobody owned in a database without a user to own them. */
  readonly ownerlessDecks: readonly bigint[];
}

/** The report as lines of text. */
export function adoptionLines(report: AdoptionReport): string[] {
  const pad = (value: unknown, width: number): string => String(value).padStart(width);
  const lines = [
    `Adopted a database of the original app, version ${report.version}.`,
    ...(report.backup === undefined ? [] : [`  backup     ${report.backup} (verified)`]),
    `  ${'table'.padEnd(16)}${pad('rows in', 10)}${pad('rows out', 10)}${pad('quarantined', 13)}`,
    ...report.tables.map(
      (account) =>
        `  ${account.table.padEnd(16)}${pad(account.rowsIn, 10)}${pad(account.rowsOut, 10)}${pad(account.quarantined, 13)}`,
    ),
  ];
  for (const [reason, count] of Object.entries(report.quarantinedBy))
    lines.push(`  quarantine ${count} × ${reason}   (flashcase quarantine list)`);
  if (report.normalisedTimes > 0)
    lines.push(`  times      ${report.normalisedTimes} written in the usual form; the moments are the same`);
  if (report.inferredRatings !== undefined) {
    lines.push(
      `  ratings    ${report.inferredRatings.known} told from ease and interval, ${report.inferredRatings.unknown} cannot be known and are empty`,
    );
  }
  lines.push(`  cards      ${report.cardStates} card states computed from the log`);
  if (report.keptDecks.length > 0)
    lines.push(`  kept       ${report.keptDecks.length} times a student keeps a private deck they had studied`);
  for (const { deckId, userId, rule } of report.assignedDecks)
    lines.push(`  owner      deck ${deckId} had none: given to user ${userId} (${rule})`);
  for (const deckId of report.ownerlessDecks) lines.push(`  owner      deck ${deckId} has none: there is no user to give it to`);
  return lines;
}
