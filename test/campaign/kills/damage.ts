import { closeSync, existsSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import type { KillLab } from './kill-lab.js';
import type { Ledger } from './ledger.js';
import type { StoreSnapshot } from './store-snapshot.js';

/** What a lab might do wrong, done to it behind its back: the campaign has to find each. */
export const DAMAGES = [
  'lost-job',
  'changed-end',
  'changed-result',
  'changed-body',
  'doubled-run',
  'forgotten-key',
  'corrupt-batch',
  'silent-tear',
] as const;
export type Damage = (typeof DAMAGES)[number];

/** What the campaign has to say of each. */
export const FINDINGS: Readonly<Record<Damage, RegExp>> = {
  'lost-job': /was acknowledged and is gone/,
  'changed-end': /had ended with state completed and now has failed/,
  'changed-result': /had ended with result/,
  'changed-body': /has another body than was submitted/,
  'doubled-run': /was begun 2 times, 1 at most/,
  'forgotten-key': /has 2 jobs/,
  'corrupt-batch': /not what was measured|not what was written/,
  'silent-tear': /was torn, and no gap says so/,
};

/**
 * Does it to the lab, and answers to which job; null: there is nothing here yet that it could be done to. Between a kill and the next start. Jobs that another
 * damage was done to are not touched again.
 *
 * @param torn runs whose record had a torn end
 */
export async function damage(
  kind: Damage,
  lab: KillLab,
  store: StoreSnapshot,
  ledger: Ledger,
  torn: ReadonlySet<string>,
): Promise<string | null> {
  const { spared } = ledger;
  const acknowledged = ledger.submissions.flatMap((one) => (one.job === null ? [] : [one.job]));
  const candidates = acknowledged.filter((id) => store.jobs.has(id) && !spared.has(id));
  const job = candidates.find((id) => {
    const { row } = store.jobs.get(id)!;
    const device = row.device.startsWith('witness') && row.sweep === null;
    const completed = device && row.state === 'completed' && row.run !== null;
    if (kind === 'doubled-run') {
      // It has begun, the device says so, and nobody has asked for its end.
      const began = lab.starts.some((start) => start.run === row.run);
      const goesOn = row.armed && row.state === 'running' && row.asked === null;
      return device && goesOn && row.retry === null && began;
    }
    if (kind === 'silent-tear') return row.run !== null && isTold(store, row.run, torn);
    return completed && ledger.ends.get(id)?.result !== undefined;
  });
  if (job === undefined) return null;
  spared.add(job);
  const { row, body } = store.jobs.get(job)!;
  const text = (value: unknown): string => `'${JSON.stringify(value).replaceAll("'", "''")}'`;
  const runs = `(SELECT id FROM runs WHERE job = '${job}')`;
  const become = (changed: object, state: string): string =>
    `UPDATE jobs SET state = '${state}', document = ${text({ ...row, state, ...changed })} WHERE id = '${job}'`;
  switch (kind) {
    case 'lost-job':
      await lab.tamper(
        `DELETE FROM results WHERE run IN ${runs}`,
        `DELETE FROM run_documents WHERE run IN ${runs}`,
        ...(lab.ownRecords ? [] : [`DELETE FROM sample_batches WHERE run IN ${runs}`]),
        `DELETE FROM runs WHERE job = '${job}'`,
        `DELETE FROM job_transitions WHERE job = '${job}'`,
        `DELETE FROM job_bodies WHERE job = '${job}'`,
        `DELETE FROM idempotency_keys WHERE job = '${job}'`,
        `DELETE FROM jobs WHERE id = '${job}'`,
      );
      return job;
    case 'changed-end':
      await lab.tamper(become({}, 'failed'));
      return job;
    case 'changed-result':
      await lab.tamper(`UPDATE results SET document = document || ' ' WHERE run = '${row.run}'`);
      return job;
    case 'changed-body':
      await lab.tamper(
        `UPDATE job_bodies SET body = ${text({ ...body, priority: 7 })} WHERE job = '${job}'`,
      );
      return job;
    case 'doubled-run':
      // As if the intent to arm had not been durable when the device began.
      await lab.tamper(become({ armed: false }, 'dispatching'));
      return job;
    case 'forgotten-key':
      await lab.tamper(`DELETE FROM idempotency_keys WHERE job = '${job}'`);
      return job;
    case 'corrupt-batch':
      return (await turnOverBit(lab, row.run!)) ? job : null;
    case 'silent-tear':
      await lab.tamper(`DELETE FROM run_documents WHERE run = '${row.run}' AND kind = 'gap'`);
      return job;
  }
}

/** A bit of the last state in a record: no structure is harmed. */
async function turnOverBit(lab: KillLab, run: string): Promise<boolean> {
  if (!lab.ownRecords) {
    const bit = '8 * (length(bytes) - 16)';
    await lab.tamper(
      `UPDATE sample_batches SET bytes = set_bit(bytes, ${bit}, 1 - get_bit(bytes, ${bit}))
       WHERE run = '${run}' AND number = (SELECT max(number) - 1 FROM sample_batches WHERE run = '${run}')`,
    );
    return true;
  }
  const path = lab.recordPath(run);
  if (!existsSync(path)) return false;
  // The end mark, at most 7 bytes of padding, and then the values of the last column.
  const at = statSync(path).size - 8 - 16;
  const file = openSync(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    readSync(file, byte, 0, 1, at);
    byte[0]! ^= 0x80;
    writeSync(file, byte, 0, 1, at);
  } finally {
    closeSync(file);
  }
  return true;
}

const isTold = (store: StoreSnapshot, run: string, torn: ReadonlySet<string>): boolean =>
  torn.has(run) && (store.runs.get(run)?.gaps.length ?? 0) > 0;
