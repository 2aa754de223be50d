import { parentPort, workerData } from 'node:worker_threads';
import { expressionOf, type Replacement, replaceInField } from '../notes/replace.ts';
import type { FieldToReplace } from './replace-apart.ts';

const replacement = workerData as Replacement;
const expression = expressionOf(replacement);
// From here on it is the expression that takes its time.
parentPort?.postMessage([]);
parentPort?.on('message', (fields: readonly FieldToReplace[]) =>
  parentPort?.postMessage(fields.map(({ value, format }) => replaceInField(value, format, expression, replacement))),
);
