import { Timestamp } from '../schema/index.ts';
import { ValidationFailed } from './validation.ts';

/** A time of a request's body; `undefined` where it says none. @param field its name there */
export function timeIn(text: string | undefined, field: string): Timestamp | undefined {
  if (text === undefined) return undefined;
  const time = Timestamp.parse(text);
  if (time === undefined) {
    const msg = 'Input should be a valid datetime';
    throw new ValidationFailed([{ type: 'datetime_parsing', loc: ['body', field], msg, input: text }]);
  }
  return time;
}
