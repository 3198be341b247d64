import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Answered {
  readonly status: number;
  readonly body: string;
}

/**
 * One connection that asks one thing after the other over HTTP/1.1, with as little work as can be: what is measured is the service,
 * not who asks it.
 */
export class HttpLine implements Disposable {
  private waiting: {
    readonly resolve: (a: Answered) => void;
    readonly reject: (e: Error) => void;
  } | null = null;
  private rest = '';

  private constructor(private readonly socket: Socket) {
    socket.setEncoding('utf8').setNoDelay(true);
    socket.on('data', (text: string) => this.take(text));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the service has closed the connection')));
  }

  static async open(port: number): Promise<HttpLine> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new HttpLine(socket);
  }

  /** @param body a document; undefined: none */
  ask(method: string, path: string, body?: string): Promise<Answered> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      const about =
        body === undefined
          ? ''
          : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
      this.socket.write(
        `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${about}\r\n${body ?? ''}`,
      );
    });
  }

  /** The same, as a document. @throws Error for an answer of 400 or more */
  async document<T>(method: string, path: string, body?: unknown): Promise<T> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const answered = await this.ask(method, path, text);
    if (answered.status >= 400) {
      throw new Error(`${method} ${path}: ${answered.status} ${answered.body.slice(0, 500)}`);
    }
    return JSON.parse(answered.body) as T;
  }

  [Symbol.dispose](): void {
    this.waiting = null;
    this.socket.destroy();
  }

  private take(text: string): void {
    this.rest += text;
    const head = this.rest.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = /\r\ncontent-length: (\d+)/i.exec(this.rest.slice(0, head + 2));
    // Answers are told in bytes; most are of one byte a letter.
    const body = this.rest.slice(head + 4);
    const wanted = Number(length?.[1] ?? 0);
    if (body.length < wanted && Buffer.byteLength(body) < wanted) return;
    const status = Number(this.rest.slice(9, 12));
    this.rest = '';
    const { waiting } = this;
    this.waiting = null;
    waiting?.resolve({ status, body });
  }

  private fail(error: Error): void {
    this.waiting?.reject(error);
    this.waiting = null;
  }
}
