import { contentHash } from '../core/index.js';
import type { Role } from './roles.js';

/** Who did it. */
export interface AuditActor {
  /** Id of the API key; null without one. */
  readonly key: string | null;
  /** Name of the key, `anonymous`, `command line`, or `relaxd` for the lab itself. */
  readonly name: string;
  readonly role: Role | null;
  /** Network address of the caller; null where there is none. */
  readonly address: string | null;
}

/**
 * How it went: `done`; `refused` because it was wrong (4xx); `failed` by a fault (5xx); `denied` for want of a key or a
 * role.
 */
export const AUDIT_OUTCOMES = ['done', 'refused', 'failed', 'denied'] as const;
export type AuditOutcome = (typeof AUDIT_OUTCOMES)[number];

/** One thing that was done or tried, before it has its place in the log. */
export interface AuditFields {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly who: AuditActor;
  /** Name of what was done: an operation of the API (`submitJob`), or `service-started` and the like. */
  readonly action: string;
  /** What it was done to: the path that was called, or another name. */
  readonly target: string;
  readonly outcome: AuditOutcome;
  /** More about it; never a secret. Without `null` and `undefined` members. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** An entry of the log: its number, and its hash, which rests on that of the entry before. */
export interface AuditEntry extends AuditFields {
  /** 1, 2, 3, … without a gap. */
  readonly seq: number;
  readonly previous: string;
  /** `sha256:` of the canonical JSON of everything else. */
  readonly hash: string;
}

/** The end of a chain: the number and hash of its last entry. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/** Where every chain begins. */
export const CHAIN_START: ChainHead = { seq: 0, hash: `sha256:${'0'.repeat(64)}` };

/** Gives fields their place behind the head of a chain. */
export function sealEntry(fields: AuditFields, head: ChainHead): AuditEntry {
  const { at, who, action, target, outcome, details } = fields;
  const entry = {
    seq: head.seq + 1,
    at,
    who: { key: who.key, name: who.name, role: who.role, address: who.address },
    action,
    target,
    outcome,
    details: plain(details),
    previous: head.hash,
  };
  return { ...entry, hash: contentHash(entry) };
}

/** Details as JSON has them, so that what is read back has the hash of what was written. */
const plain = (details: AuditFields['details']): Readonly<Record<string, unknown>> =>
  JSON.parse(JSON.stringify(details)) as Record<string, unknown>;

/** What is wrong with an entry that should follow a head; null: nothing. */
export function brokenLink(entry: AuditEntry, head: ChainHead): string | null {
  if (entry.seq !== head.seq + 1) {
    return entry.seq > head.seq + 1
      ? `entry ${head.seq + 1} is missing: ${entry.seq} comes next`
      : `entry ${entry.seq} comes after ${head.seq}`;
  }
  if (entry.previous !== head.hash) {
    return `entry ${entry.seq} does not rest on the entry before it: that one was changed or put in`;
  }
  const { hash, ...rest } = entry;
  return contentHash(rest) === hash
    ? null
    : `entry ${entry.seq} is not what it was when it was written`;
}
