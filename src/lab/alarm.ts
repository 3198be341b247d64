import type { DiskStanding } from './disk-watch.js';

export const ALARMS = [
  'disk-low',
  'disk-full',
  'disk-unwritable',
  'disk-slow',
  'audit-unwritten',
  'store-away',
  'redis-away',
] as const;
export type AlarmName = (typeof ALARMS)[number];

/** Something that a person has to see to. */
export interface Alarm {
  readonly name: AlarmName;
  readonly message: string;
  /** null: not known. */
  readonly since: string | null;
}

/** What is amiss now, the worst first. */
export function alarmsOf(lab: {
  /** null: nothing is kept on a disk. */
  readonly disk: DiskStanding | null;
  /** Entries of the audit log that could not be written yet. */
  readonly auditWaiting: number;
  /** null: the lab is one process. */
  readonly node: { readonly inTouch: boolean; readonly lineUp: boolean | null } | null;
}): Alarm[] {
  const { disk, auditWaiting, node } = lab;
  const alarms: Alarm[] = [];
  const add = (name: AlarmName, message: string, since: string | null = null): void =>
    void alarms.push({ name, message, since });
  if (node !== null && !node.inTouch)
    add('store-away', 'PostgreSQL does not answer, or takes nothing');
  if (disk !== null && disk.state !== 'ok') add(`disk-${disk.state}`, disk.reason!, disk.since);
  if (auditWaiting > 0) add('audit-unwritten', `${auditWaiting} entries of the audit log wait`);
  if (disk?.slow === true) {
    const took = disk.syncMs === null ? '' : `: a small write takes ${Math.round(disk.syncMs)} ms`;
    add('disk-slow', `the disk is slow${took}`, disk.since);
  }
  if (node?.lineUp === false) add('redis-away', 'Redis does not answer: all goes on, slower');
  return alarms;
}
