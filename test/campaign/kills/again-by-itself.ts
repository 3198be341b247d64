import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SampleChunk } from '../../../src/device/index.js';
import { RecordReader } from '../../../src/lab/record-reader.js';
import { RelaxdCommand } from '../../support/relaxd-command.js';
import type { KillLab } from './kill-lab.js';
import type { Ledger } from './ledger.js';

interface RunView {
  readonly id: string;
  readonly device: string;
  readonly seed: number;
  readonly rows: number;
  readonly state: string;
}

/**
 * Makes some runs of `glauber` again, in a process of its own with no service and no store, and compares row by row: what was recorded
 * before a kill is the beginning of what the whole run gives. Those that were cut off come first. Answers with how many.
 */
export async function againByItself(lab: KillLab, ledger: Ledger, most: number): Promise<number> {
  if (most === 0) return 0;
  const { items } = await lab.service.get<{ items: RunView[] }>(
    '/v1/runs?device=glauber&limit=200',
  );
  const order = (run: RunView): number => (run.state === 'completed' ? 1 : 0);
  const runs = items.filter(({ rows }) => rows > 0).sort((a, b) => order(a) - order(b));
  const command = new RelaxdCommand(lab.scratch);
  let compared = 0;
  for (const run of runs.slice(0, most)) {
    interface Documents {
      readonly items: readonly { readonly kind: string; readonly document: object }[];
    }
    const documents = await lab.service.get<Documents>(`/v1/runs/${run.id}/documents`);
    const start = documents.items.find(({ kind }) => kind === 'start')!.document;
    const { document } = (start as { program: { document: object } }).program;
    writeFileSync(join(lab.scratch, 'again.json'), JSON.stringify(document));
    const record = join(lab.scratch, `again-${run.id}.arrow`);
    const answer = await command.call(
      ...['run', 'again.json', '--device', 'glauber', '--seed', String(run.seed)],
      ...['--record', record, '--json'],
    );
    if (answer.exit !== 0) throw new Error(answer.err);
    const path = (await lab.record(run.id))!;
    const [one, two] = await Promise.all([rowsOf(path), rowsOf(record)]);
    compared++;
    for (const [k, row] of one.entries()) {
      if (row === two[k]) continue;
      ledger.breaks(`record of run ${run.id}: row ${k} is ${row}, and made again ${two[k]}`);
      break;
    }
    if (run.state === 'completed' && one.length !== two.length) {
      ledger.breaks(`record of run ${run.id} has ${one.length} rows, and made again ${two.length}`);
    }
  }
  return compared;
}

/** Every row as text with all bits of its numbers. */
async function rowsOf(path: string): Promise<string[]> {
  await using reader = await RecordReader.open(path);
  const rows: string[] = [];
  for await (const chunk of reader.chunks()) rows.push(...textsOf(chunk));
  return rows;
}

function* textsOf(chunk: SampleChunk): Generator<string, void, void> {
  const states = new Map([...chunk.stateRows].map((row, at) => [row, at]));
  const sites = chunk.stateRows.length === 0 ? 0 : chunk.state.length / chunk.stateRows.length;
  for (let k = 0; k < chunk.rows; k++) {
    const at = states.get(k);
    const state = at === undefined ? [] : chunk.state.subarray(at * sites, (at + 1) * sites);
    const { shot, step, t, energy, work, heat } = chunk;
    yield [
      ...[chunk.firstRow + k, shot[k], step[k], t[k], energy?.[k], work?.[k], heat?.[k]],
      ...state,
    ].join(' ');
  }
}
