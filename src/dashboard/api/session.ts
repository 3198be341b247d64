const STORED_AS = 'relaxd.key';

/** What a page can keep for as long as its tab is open: `sessionStorage`. */
export type TabStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/**
 * The API key that somebody has signed in with: in this tab's own storage, so that a reload keeps it and closing the tab forgets
 * it. It goes in a header and never in an address.
 */
export class Session {
  private current: string | null;

  /** @param storage null: none can be had; the key is forgotten with the page */
  constructor(private readonly storage: TabStorage | null) {
    this.current = storage?.getItem(STORED_AS) ?? null;
  }

  get key(): string | null {
    return this.current;
  }

  set(key: string): void {
    this.current = key;
    this.storage?.setItem(STORED_AS, key);
  }

  forget(): void {
    this.current = null;
    this.storage?.removeItem(STORED_AS);
  }

  /** Headers of a call. */
  get headers(): Record<string, string> {
    return this.current === null ? {} : { authorization: `Bearer ${this.current}` };
  }
}

/** A key as somebody pastes it: without blanks, quotes or the name of its variable around it. */
export function cleanKey(text: string): string {
  return /rlx_[a-z0-9]+_[A-Za-z0-9_-]+/.exec(text)?.[0] ?? text.trim();
}
