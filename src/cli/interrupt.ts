import { RelaxdError } from '../core/index.js';

/** Ctrl-C as a signal, until it is disposed of; a second one ends the process. */
export class Interrupt implements Disposable {
  private readonly controller = new AbortController();
  private readonly onInterrupt = (): void =>
    this.controller.abort(new RelaxdError('aborted', 'interrupted'));

  constructor() {
    process.once('SIGINT', this.onInterrupt);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  [Symbol.dispose](): void {
    process.off('SIGINT', this.onInterrupt);
  }
}
