import { FlashcaseError } from '../../errors/index.ts';
import type { Column, Value } from '../../schema/column.ts';
import type { StoredCell } from '../../schema/stored-cell.ts';
import { Timestamp } from '../../schema/timestamp.ts';
import { dayEndedByMidnight, type Remedy } from './judge-cell.ts';

const impossible = (remedy: Remedy, column: Column, cell: StoredCell): never => {
  throw new FlashcaseError('FC_INTERNAL', {
    what: `The remedy ${remedy} was applied to a ${cell.kind} in a ${column.type} column, which no plan offers.`,
  });
};

function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const part = value - below;
  if (part < 0.5) return below;
  if (part > 0.5) return below + 1;
  return below % 2 === 0 ? below : below + 1;
}

const integerOf = (column: Column, value: bigint): Value => (column.type === 'int32' ? Number(value) : value);

function converted(column: Column, cell: StoredCell): Value {
  const text = cell.kind === 'text' || cell.kind === 'blob' ? cell.bytes.toString('utf8') : '';
  switch (column.type) {
    case 'int32':
    case 'int64':
      if (cell.kind === 'real') return integerOf(column, BigInt(cell.value));
      if (cell.kind === 'text') return integerOf(column, BigInt(text));
      break;
    case 'float64':
      if (cell.kind === 'integer' || cell.kind === 'real') return Number(cell.value) + 0;
      if (cell.kind === 'text') return Number(text);
      break;
    case 'boolean':
      if (cell.kind === 'real') return cell.value === 1;
      if (cell.kind === 'text') return /^(true|t|1)$/i.test(text);
      break;
    case 'text':
      if (cell.kind === 'integer' || cell.kind === 'real') return String(cell.value);
      if (cell.kind === 'blob') return text;
      break;
    case 'bytes':
      if (cell.kind === 'text') return cell.bytes;
      break;
    default:
  }
  return impossible('convert', column, cell);
}

function normalisedTime(column: Column, cell: StoredCell): Value {
  if (cell.kind === 'text') {
    const text = cell.bytes.toString('latin1');
    const parsed = Timestamp.parse(text);
    if (parsed !== undefined) return parsed;
    const day = dayEndedByMidnight(text);
    const midnight = day === undefined ? undefined : Timestamp.parse(`${day} 00:00`);
    if (midnight !== undefined) return midnight.plusDays(1);
  }
  return impossible('normalise_time', column, cell);
}

function epoch(column: Column, cell: StoredCell, microsPerUnit: bigint, remedy: Remedy): Value {
  if (cell.kind === 'integer') return Timestamp.fromMicros(cell.value * microsPerUnit);
  if (cell.kind === 'real') return Timestamp.fromMicros(BigInt(Math.round(cell.value * Number(microsPerUnit))));
  return impossible(remedy, column, cell);
}

/** Remedies that store another value in the cell they are chosen for. */
export type ChangingRemedy = Exclude<Remedy, 'quarantine' | 'leave' | 'keep'>;

export function isChanging(remedy: Remedy): remedy is ChangingRemedy {
  return remedy !== 'quarantine' && remedy !== 'leave' && remedy !== 'keep';
}

/**
 * The value a decided remedy stores for a cell. `quarantine` is no value: the whole row goes elsewhere.
 * Only called for cells `judgeCell` offered the remedy for.
 */
export function applyRemedy(column: Column, cell: StoredCell, remedy: ChangingRemedy): Value | null {
  switch (remedy) {
    case 'set_null':
      return null;
    case 'replace':
      if (cell.kind !== 'text') return impossible(remedy, column, cell);
      return cell.bytes.toString('utf8').replaceAll('\0', '\u2400');
    case 'convert':
      return converted(column, cell);
    case 'round':
      if (cell.kind !== 'real') return impossible(remedy, column, cell);
      return integerOf(column, BigInt(roundHalfEven(cell.value)));
    case 'nonzero_is_true':
      if (cell.kind !== 'integer' && cell.kind !== 'real') return impossible(remedy, column, cell);
      return Number(cell.value) !== 0;
    case 'normalise_time':
      return normalisedTime(column, cell);
    case 'epoch_seconds':
      return epoch(column, cell, 1_000_000n, remedy);
    case 'epoch_milliseconds':
      return epoch(column, cell, 1000n, remedy);
    case 'use_default':
      return column.type === 'int64' ? BigInt(column.default as number) : (column.default as Value);
  }
}

/** The value of a cell `judgeCell` has no problem with. */
export function exactValue(column: Column, cell: StoredCell): Value | null {
  switch (cell.kind) {
    case 'null':
      return null;
    case 'integer':
      return column.type === 'int64' ? cell.value : column.type === 'boolean' ? cell.value === 1n : Number(cell.value);
    case 'real':
      return cell.value;
    case 'text':
      return column.type === 'timestamp'
        ? (Timestamp.fromCanonical(cell.bytes.toString('latin1')) as Timestamp)
        : cell.bytes.toString('utf8');
    case 'blob':
      return cell.bytes;
  }
}
