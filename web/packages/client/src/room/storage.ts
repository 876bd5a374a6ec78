/** A storage of the page that may be forbidden to it, as in a sandboxed frame; it then forgets at once. */
export interface PageStorage {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
}

export function pageStorage(name: 'localStorage' | 'sessionStorage'): PageStorage {
  return {
    get(key) {
      try {
        return globalThis[name].getItem(key) ?? undefined;
      } catch {
        return undefined;
      }
    },
    set(key, value) {
      try {
        globalThis[name].setItem(key, value);
      } catch {
        // Forbidden or full: what is kept here only makes things faster.
      }
    },
  };
}
