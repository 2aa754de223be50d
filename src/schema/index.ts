export { type Codec, codecOf, codecs, type SqliteValue } from './codec.ts';
export * from './column.ts';
export { objectName } from './name.ts';
export * from './table.ts';
export { POSTGRES_EPOCH_MICROS, Timestamp } from './timestamp.ts';
export { checked, type Problem, problemsOf } from './validate.ts';
