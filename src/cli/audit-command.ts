import { CHAIN_START, type ChainHead } from '../access/index.js';
import { RelaxdError } from '../core/index.js';
import type { AccessDesk } from './access-desk.js';
import type { Output } from './output.js';

/** `relaxd audit list`: what was done last. */
export async function listAudit(output: Output, desk: AccessDesk, limit: number): Promise<void> {
  const items = await desk.audit(limit);
  if (output.json) return output.printJson({ items });
  output.table(
    ['seq', 'at', 'who', 'outcome', 'action', 'target'],
    items.map(({ seq, at, who, outcome, action, target }) => [
      seq,
      at.slice(0, 19).replace('T', ' '),
      who.role === null ? who.name : `${who.name} (${who.role})`,
      outcome,
      action,
      target,
    ]),
  );
}

/** `relaxd audit verify`: exit code 1 where a link of the chain is broken. */
export async function verifyAudit(
  output: Output,
  desk: AccessDesk,
  expected: ChainHead | null,
): Promise<void> {
  const report = await desk.verify(expected);
  if (!report.whole) output.exitCode = 1;
  if (output.json) return output.printJson(report);
  const { head, entries, broken } = report;
  if (broken === null) {
    output.print(`whole: ${entries} entries`);
    if (head.seq > CHAIN_START.seq) output.print(`its end: ${head.seq}:${head.hash}`);
    output.note('Keep this end elsewhere: --expect finds out whether the log still has it.');
    return;
  }
  output.print(`broken at entry ${broken.seq}: ${broken.reason}`);
  output.print(`right up to there: ${head.seq} entries`);
}

/** `SEQ:sha256:…`, as `verify` prints it. @throws RelaxdError `wrong-call` */
export function readHead(text: string | undefined): ChainHead | null {
  if (text === undefined) return null;
  const match = /^(\d{1,15}):(sha256:[0-9a-f]{64})$/.exec(text);
  if (match !== null) return { seq: Number(match[1]), hash: match[2]! };
  throw new RelaxdError('wrong-call', `--expect: '${text}' is no end of a log`, {
    path: '--expect',
    value: text,
    limit: 'SEQ:sha256:…, as relaxd audit verify prints it',
  });
}
