/** The last responses, so that a request which is repeated is answered again and not carried out again. */
export class ResponseCache {
  private readonly responses = new Map<number, Uint8Array>();
  private highest = 0;

  constructor(private readonly size = 16) {}

  /** `new`: carry it out; `old`: lower than those that are kept; or the response as it was sent. */
  find(id: number): 'new' | 'old' | Uint8Array {
    return id > this.highest ? 'new' : (this.responses.get(id) ?? 'old');
  }

  keep(id: number, response: Uint8Array): void {
    this.highest = Math.max(this.highest, id);
    this.responses.set(id, response);
    // A Map keeps the order in which they came.
    for (const first of this.responses.keys()) {
      if (this.responses.size <= this.size) break;
      this.responses.delete(first);
    }
  }

  clear(): void {
    this.responses.clear();
    this.highest = 0;
  }
}
