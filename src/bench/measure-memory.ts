import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { compiledUrl, type EngineKind } from '../core/index.js';
import type { Descriptor } from '../device/index.js';

/** A run of one shot in a process of its own: dense couplings of so many sites, or so many rectified cubic memories. */
export interface MemoryCase {
  readonly engine: EngineKind;
  readonly sites: number;
  /** 0: dense couplings. */
  readonly memories: number;
  readonly descriptor: Descriptor;
  readonly parameters: Readonly<Record<string, number>>;
}

/**
 * MB (10⁶ bytes) that the run adds, at most, to Node and the code: its program, which lies where `relaxd run` reads it, and all
 * that the simulation has.
 */
export async function measureMemory(run: MemoryCase, signal: AbortSignal): Promise<number> {
  const probe = fork(fileURLToPath(compiledUrl(import.meta.url, './memory-probe.js')), {
    signal,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let complaints = '';
  probe.stderr!.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  probe.on('error', () => undefined); // its end says so
  const ended = once(probe, 'exit');
  let bytes: number | null = null;
  probe.on('message', (message) => (bytes = Number(message)));
  probe.send(run);
  await ended;
  if (bytes === null) throw new Error(complaints.trim().split('\n').at(-1) ?? 'the probe ended');
  return bytes / 1e6;
}
