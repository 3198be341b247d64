/** What all viewers together are sent in one turn of the event loop; then others have theirs: requests, devices, records. */
export const BYTES_A_TURN = 1_048_576;
const MESSAGES_A_TURN = 16;

interface Waiting {
  readonly bytes: number;
  readonly go: () => void;
}

/** Deals out turns to send samples, first come, first served: however many viewers there are, nothing else waits long for them. */
export class SendingTurns {
  private readonly line: Waiting[] = [];
  private bytes = 0;
  private messages = 0;
  private turning = false;

  /** Resolves when so much may be sent. */
  async wait(bytes: number): Promise<void> {
    if (this.line.length === 0 && this.hasRoom) return this.take(bytes);
    return new Promise((go) => this.line.push({ bytes, go }));
  }

  private get hasRoom(): boolean {
    return this.bytes < BYTES_A_TURN && this.messages < MESSAGES_A_TURN;
  }

  private take(bytes: number): void {
    this.bytes += bytes;
    this.messages++;
    if (this.turning) return;
    this.turning = true;
    setImmediate(() => this.turn());
  }

  private turn(): void {
    this.turning = false;
    this.bytes = 0;
    this.messages = 0;
    while (this.line.length > 0 && this.hasRoom) {
      const { bytes, go } = this.line.shift()!;
      this.take(bytes);
      go();
    }
  }
}
