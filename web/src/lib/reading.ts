import { lasting } from './storage.ts';
import { createStore } from './store.ts';

/** How cards are set: in this browser, for whoever reads here, as the theme. */
export interface Reading {
  readonly size: 'normal' | 'large' | 'larger';
  readonly face: 'serif' | 'sans' | 'wide';
}

const SIZES: readonly Reading['size'][] = ['normal', 'large', 'larger'];
const FACES: readonly Reading['face'][] = ['serif', 'sans', 'wide'];
/** public/theme.js reads the same keys before the first paint. */
const SIZE_KEY = 'flashcase.text-size';
const FACE_KEY = 'flashcase.typeface';

const oneOf = <T extends string>(known: readonly T[], key: string): T =>
  known.find((value) => value === lasting.read(key)) ?? (known[0] as T);

export const reading = createStore<Reading>({ size: oneOf(SIZES, SIZE_KEY), face: oneOf(FACES, FACE_KEY) });

export function setReading(chosen: Reading): void {
  reading.set(chosen);
  const data = document.documentElement.dataset;
  lasting.write(SIZE_KEY, chosen.size);
  lasting.write(FACE_KEY, chosen.face);
  data['textSize'] = chosen.size;
  data['typeface'] = chosen.face;
}
