import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RelaxdError, type Clock } from '../core/index.js';
import type { DeviceRegistry } from '../device/index.js';
import { drawFigure } from './figure.js';
import { REPRODUCTIONS } from './items/index.js';
import type { Quantity } from './quantity.js';
import type { Reproduction } from './reproduction.js';
import { TaskPool } from './task-pool.js';

export interface ReproduceRequest {
  /** Names of items; all where empty. */
  readonly names: readonly string[];
  readonly quick: boolean;
  /** Where figures and numbers go; made if it is not there. */
  readonly folder: string;
  readonly seed: number;
  readonly threads: number;
  readonly devices: DeviceRegistry;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onItem?: (item: Reproduction, index: number, count: number) => void;
  readonly onProgress?: (fraction: number) => void;
  readonly onEnd?: (item: ReproducedItem) => void;
}

/** What `relaxd reproduce --json` says of an item. */
export interface ReproducedItem {
  readonly name: string;
  readonly quantities: readonly Quantity[];
  /** Path of the SVG. */
  readonly figure: string;
  readonly seconds: number;
}

/** @throws RelaxdError `invalid-input` for a name that there is not */
export function chooseReproductions(names: readonly string[]): readonly Reproduction[] {
  if (names.length === 0) return REPRODUCTIONS;
  return names.map((name) => {
    const item = REPRODUCTIONS.find((candidate) => candidate.name === name);
    if (item !== undefined) return item;
    throw new RelaxdError('invalid-input', `there is nothing to reproduce by the name '${name}'`, {
      path: 'name',
      value: name,
      limit: REPRODUCTIONS.map((candidate) => candidate.name),
      hint: 'relaxd reproduce --list says what there is',
    });
  });
}

/**
 * Measures the items one after the other; each writes `NAME.svg` and `NAME.json` into the folder.
 * @throws RelaxdError `invalid-input`, `aborted`, and what devices and files throw
 */
export async function runReproductions(request: ReproduceRequest): Promise<ReproducedItem[]> {
  const items = chooseReproductions(request.names);
  await mkdir(request.folder, { recursive: true });
  await using pool = new TaskPool(request.threads);
  const done: ReproducedItem[] = [];
  for (const [index, item] of items.entries()) {
    request.onItem?.(item, index, items.length);
    const beganMs = request.clock.monotonicMs();
    const outcome = await item.measure({
      quick: request.quick,
      seed: request.seed,
      signal: request.signal,
      device: (id) => request.devices.get(id),
      map: (task, list) => {
        let finished = 0;
        return pool.map(task, list, request.signal, () =>
          request.onProgress?.(++finished / list.length),
        );
      },
      progress: (fraction) => request.onProgress?.(fraction),
    });
    const seconds = (request.clock.monotonicMs() - beganMs) / 1000;
    const figure = join(request.folder, `${item.name}.svg`);
    await writeFile(figure, drawFigure(outcome.figure));
    const reproduced = { name: item.name, quantities: outcome.quantities, figure, seconds };
    await writeFile(
      join(request.folder, `${item.name}.json`),
      `${JSON.stringify(
        {
          version: 1,
          name: item.name,
          title: item.title,
          about: item.about,
          origin: 'emulator',
          seed: request.seed,
          quick: request.quick,
          quantities: outcome.quantities,
          data: outcome.data,
        },
        null,
        2,
      )}\n`,
    );
    done.push(reproduced);
    request.onEnd?.(reproduced);
  }
  return done;
}
