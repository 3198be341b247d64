import type { RandomStream } from '../../../src/core/index.js';
import type { NodeLab } from './node-lab.js';

const ANSWER_MS = 3000;

/** Whoever uses a lab: asks any node, and takes no answer for an answer. */
export class Clients {
  /** What is not as it was promised, in words. */
  readonly broken: string[] = [];

  constructor(
    private readonly lab: NodeLab,
    private readonly random: RandomStream,
  ) {}

  breaks(what: string): void {
    this.broken.push(what);
  }

  /** null: nobody answered, or not in a way that says anything. */
  async ask(method: string, path: string, body?: string, key?: string): Promise<unknown> {
    const nodes = this.lab.nodes.filter(({ service }) => service !== null);
    const node = nodes[Math.floor(this.random.uniform() * nodes.length)];
    if (node === undefined) return null;
    const service = node.service!;
    try {
      const response = await fetch(service.address + path, {
        method,
        signal: AbortSignal.timeout(ANSWER_MS),
        headers: {
          ...service.headers,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
        ...(body === undefined ? {} : { body }),
      });
      const document: unknown = await response.json();
      if (response.ok) return document;
      if (response.status < 500) {
        this.breaks(`${method} ${path}: ${response.status} ${JSON.stringify(document)}`);
      }
      return null;
    } catch {
      return null;
    }
  }
}
