import { lasting } from './storage.ts';
import { createStore } from './store.ts';

export type Theme = 'system' | 'light' | 'dark';

/** public/theme.js reads the same key before the first paint. */
const KEY = 'flashcase.theme';

const read = (): Theme => {
  const kept = lasting.read(KEY);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
};

export const theme = createStore<Theme>(read());

export function setTheme(chosen: Theme): void {
  theme.set(chosen);
  if (chosen === 'system') {
    lasting.remove(KEY);
    delete document.documentElement.dataset['theme'];
  } else {
    lasting.write(KEY, chosen);
    document.documentElement.dataset['theme'] = chosen;
  }
}
