/**
 * A board as a process of its own, for what is measured in real time: `fork`ed with {@link BoardProcessOptions}. It says where it is,
 * makes faults and tells its memory as it is asked, and ends with its parent.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BoardFault } from '../../firmware-sim/faults.js';
import { IdealCircuit } from '../../firmware-sim/ideal-circuit.test-support.js';
import { runBoardSim } from '../../firmware-sim/main.js';
import { processMemory, type ProcessMemory } from './process-memory.js';
import { StreamingCircuit } from './streaming-circuit.js';

export interface BoardProcessOptions {
  readonly line: 'pty' | 'tcp';
  readonly seed: number;
  /** The ideal one with this many seconds in its unit of time, or readouts for nothing. */
  readonly circuit: { readonly unitS: number } | 'streaming';
}

export type ToBoard = { readonly fault: BoardFault } | { readonly ask: 'memory' | 'faults' };
export type FromBoard =
  | { readonly address: string }
  | { readonly memory: ProcessMemory }
  | { readonly faults: number }
  | { readonly made: true };

const { line, seed, circuit } = JSON.parse(process.argv[2]!) as BoardProcessOptions;
const folder = mkdtempSync(join(tmpdir(), 'relaxd-board-'));
const board = await runBoardSim({
  ...(line === 'pty' ? { pty: join(folder, 'board') } : { tcp: '127.0.0.1:0' }),
  seed,
  serial: 'LAST-0001',
  circuit: (_, serial) =>
    circuit === 'streaming'
      ? new StreamingCircuit(serial)
      : new IdealCircuit(serial, circuit.unitS),
  print: () => undefined,
});
const { panel } = board;

const tell = (message: FromBoard): void => void process.send!(message);

process.on('message', (message: ToBoard) => {
  if ('fault' in message) {
    panel.make(message.fault);
    tell({ made: true });
  } else if (message.ask === 'memory') {
    void processMemory().then((memory) => tell({ memory }));
  } else {
    const { toBoard, toHost } = panel.counts();
    let faults = 0;
    for (const way of [toBoard, toHost])
      for (const count of Object.values(way)) faults += count as number;
    tell({ faults });
  }
});
process.on('disconnect', () => {
  void board.close().then(() => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  });
});
tell({ address: board.address });
