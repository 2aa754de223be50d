/** Web storage that never throws: it may be switched off or full, and then the page works on without it. */
export interface SafeStorage {
  read(key: string): string | null;
  /** False when it could not be kept. */
  write(key: string, value: string): boolean;
  remove(key: string): void;
  /** Keys that begin with `prefix`. */
  keys(prefix: string): string[];
}

function safe(open: () => Storage): SafeStorage {
  const attempt = <T>(work: (storage: Storage) => T, otherwise: T): T => {
    try {
      return work(open());
    } catch {
      return otherwise;
    }
  };
  return {
    read: (key) => attempt((storage) => storage.getItem(key), null),
    write: (key, value) =>
      attempt((storage) => {
        storage.setItem(key, value);
        return true;
      }, false),
    remove: (key) => attempt((storage) => storage.removeItem(key), undefined),
    keys: (prefix) => attempt((storage) => Object.keys(storage).filter((key) => key.startsWith(prefix)), []),
  };
}

/** Stays when the browser is closed; shared by its tabs. */
export const lasting = safe(() => window.localStorage);
/** Of this tab only. */
export const ofTab = safe(() => window.sessionStorage);
