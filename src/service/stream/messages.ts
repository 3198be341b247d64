import { checkDocument, type ErrorDetails, Type } from '../../core/index.js';

export const SUBPROTOCOL = 'relaxd.v1';
export const POLICIES = ['lossless', 'latest', 'decimate'] as const;
export type Policy = (typeof POLICIES)[number];

/** Credit that a subscription starts with where it does not say, and the most that it can hold. */
export const INITIAL_CREDIT = 16;
export const MOST_CREDIT = 1000;
export const LONGEST_MESSAGE_BYTES = 65_536;

/** Close codes of RFC 6455 as relaxd uses them; docs/formats/stream.md. */
export const CLOSE = {
  goingAway: 1001,
  protocol: 1002,
  policy: 1008,
  defect: 1011,
  tryLater: 1013,
  /** The key with which the socket was opened works no more. */
  keyEnded: 4401,
} as const;

export interface Subscribe {
  readonly op: 'subscribe';
  readonly id: string;
  readonly topic: string;
  readonly policy: Policy | null;
  readonly from: number | null;
  readonly credit: number;
}
export interface Credit {
  readonly op: 'credit';
  readonly id: string;
  readonly n: number;
}
export interface Unsubscribe {
  readonly op: 'unsubscribe';
  readonly id: string;
}
export type ClientMessage = Subscribe | Credit | Unsubscribe;

export type ServerMessage =
  | {
      readonly op: 'subscribed';
      readonly id: string;
      readonly topic: string;
      readonly policy: Policy;
      readonly next: number;
      readonly head: number;
      readonly stream: string;
    }
  | {
      readonly op: 'event';
      readonly id: string;
      readonly topic: string;
      readonly seq: number;
      /** The present state, before the first event: not an event itself. */
      readonly snapshot?: true;
      readonly body: unknown;
    }
  | {
      readonly op: 'gap';
      readonly id: string;
      readonly topic: string;
      readonly from: number;
      readonly to: number;
      readonly reason: string;
      /** Policy `decimate`: from, from + every, from + 2 every, … come all the same. */
      readonly every?: number;
      /** How many of them will not come. */
      readonly missing: number;
    }
  | {
      readonly op: 'error';
      readonly id: string;
      readonly code: string;
      readonly message: string;
      readonly details: ErrorDetails;
    }
  | {
      readonly op: 'end';
      readonly id: string;
      readonly topic: string;
      readonly reason: string;
      readonly next: number;
    };

const id = Type.String({ minLength: 1, maxLength: 64 });
const closed = { additionalProperties: false } as const;
const SCHEMAS: Readonly<Record<string, Type.TSchema>> = {
  subscribe: Type.Object(
    {
      op: Type.Literal('subscribe'),
      id,
      topic: Type.String({ maxLength: 200 }),
      policy: Type.Optional(Type.Union(POLICIES.map((policy) => Type.Literal(policy)))),
      from: Type.Optional(Type.Integer({ minimum: 0 })),
      credit: Type.Optional(Type.Integer({ minimum: 0 })),
    },
    closed,
  ),
  credit: Type.Object({ op: Type.Literal('credit'), id, n: Type.Integer({ minimum: 1 }) }, closed),
  unsubscribe: Type.Object({ op: Type.Literal('unsubscribe'), id }, closed),
};

/** @returns the message, or in one line what is wrong with it */
export function readClientMessage(text: string): ClientMessage | string {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return 'the message is not JSON';
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    return 'the message is not an object';
  }
  const record = message as Record<string, unknown>;
  const op = record['op'];
  const schema = typeof op === 'string' && Object.hasOwn(SCHEMAS, op) ? SCHEMAS[op] : undefined;
  if (schema === undefined) return `op is none of ${Object.keys(SCHEMAS).join(', ')}`;
  const [first] = checkDocument(schema, message);
  if (first !== undefined) return `${first.path}: ${first.message}`;
  if (op !== 'subscribe') return message as Credit | Unsubscribe;
  return {
    op,
    id: record['id'] as string,
    topic: record['topic'] as string,
    policy: (record['policy'] ?? null) as Policy | null,
    from: (record['from'] ?? null) as number | null,
    credit: (record['credit'] ?? INITIAL_CREDIT) as number,
  };
}
