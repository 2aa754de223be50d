/** A PostgreSQL type as `ALTER COLUMN … TYPE` names it. */
interface PostgresType {
  readonly base: string;
  readonly modifiers: readonly number[];
}

const ALIASES: Readonly<Record<string, string>> = {
  'character varying': 'varchar',
  'bit varying': 'varbit',
  character: 'char',
  bpchar: 'char',
  decimal: 'numeric',
  int: 'integer',
  int4: 'integer',
  int8: 'bigint',
  int2: 'smallint',
  bool: 'boolean',
  float8: 'double precision',
  float4: 'real',
  'timestamp with time zone': 'timestamptz',
  'timestamp without time zone': 'timestamp',
};

function parse(type: string): PostgresType & { readonly collation: string } {
  const text = type.trim().toLowerCase().replaceAll(/\s+/g, ' ');
  const collation = /collate "?([^"]+)"?/.exec(text)?.[1] ?? '';
  const modifiers = (/\(([^)]*)\)/.exec(text)?.[1] ?? '')
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  const base = text
    .replace(/collate .*/, '')
    .replace(/\([^)]*\)/, '')
    .trim()
    .replaceAll(/\s+/g, ' ');
  return { base: ALIASES[base] ?? base, modifiers, collation };
}

/**
 * True when PostgreSQL writes the whole table anew to change a column's type (facts F42, checked against pg_relation_filenode). Only
 * types that are stored alike, with a limit that allows all that is there, are exchanged without it.
 * @param isUtc the session's time zone is UTC, where both timestamp types store the same
 */
export function typeChangeRewrites(from: string, to: string, isUtc: boolean): boolean {
  const a = parse(from);
  const b = parse(to);
  const isText = (type: PostgresType): boolean => type.base === 'varchar' || type.base === 'text';
  if (isText(a) && isText(b))
    return !(b.modifiers[0] === undefined || (a.modifiers[0] !== undefined && b.modifiers[0] >= a.modifiers[0]));
  if (a.base === 'cidr' && b.base === 'inet') return false;
  if (a.base === 'timestamptz' && b.base === 'timestamp') return !isUtc || narrowsPrecision(a, b);
  if (a.base === 'timestamp' && b.base === 'timestamptz') return !isUtc || narrowsPrecision(a, b);
  if (a.base !== b.base) return true;
  if (a.base === 'numeric') {
    if (b.modifiers.length === 0) return false;
    const [precision = 0, scale = 0] = a.modifiers;
    return a.modifiers.length === 0 || scale !== (b.modifiers[1] ?? 0) || (b.modifiers[0] ?? 0) < precision;
  }
  if (/^(?:timestamp|timestamptz|time|timetz|interval)$/.test(a.base)) return narrowsPrecision(a, b);
  if (a.base === 'varbit') return !(b.modifiers[0] === undefined || (a.modifiers[0] ?? Infinity) <= b.modifiers[0]);
  return a.modifiers.join() !== b.modifiers.join();
}

/** Without a precision there are six digits. */
const narrowsPrecision = (a: PostgresType, b: PostgresType): boolean => (b.modifiers[0] ?? 6) < (a.modifiers[0] ?? 6);
