import { descriptorAt, type Descriptor } from '../descriptor.js';
import type { Program } from '../program.js';
import { SHOWN_SHOTS } from '../result.js';
import { readoutTimes, resolveProgram } from '../validate-program.js';
import { statesOf, type Bench, type GatheredRun } from './bench.js';
import { demand, demandEqual, type Checks } from './checks.js';
import { probeDocument, probeProgram, waysToMove } from './probe-program.js';

/** Every readout arrives once, in its place, or is told as a gap. */
export async function samplesGroup(checks: Checks, bench: Bench): Promise<void> {
  const device = await bench.fresh();
  const descriptor = await device.describe();
  const fidelities = new Map((await waysToMove(device)).map((way) => [way.fidelity, way]));
  for (const way of fidelities.values()) {
    const at = way.fidelity === null ? '' : `${way.fidelity}: `;
    const program = probeProgram(descriptor, { ...way, shots: 5 });
    let run: GatheredRun | null = null;
    await checks.check(`${at}a run with every channel ends, with all its shots`, async () => {
      run = await bench.gather(await bench.fresh(), program);
      demandEqual(run.result.shots, program.shots, 'result.shots');
    });
    if (run === null) continue;
    await oneRun(checks, descriptor, program, run, at);
  }
  await channels(checks, bench, descriptor);
  await order(checks, bench, descriptor);
}

async function oneRun(
  checks: Checks,
  descriptor: Descriptor,
  program: Program,
  run: GatheredRun,
  at: string,
): Promise<void> {
  const times = readoutTimes(resolveProgram(program, descriptor, 0));
  const states = statesOf(run, program.sites);
  const { result } = run;
  await checks.check(`${at}rows and gaps make up the whole run, each row once`, () => {
    let next = 0;
    const pieces = [
      ...run.chunks.map(({ firstRow, rows: n }) => ({ firstRow, n, what: 'chunk' })),
      ...run.gaps.map(({ firstRow, rows: n }) => ({ firstRow, n, what: 'gap' })),
    ].sort((a, b) => a.firstRow - b.firstRow);
    for (const { firstRow, n, what } of pieces) {
      demandEqual(firstRow, next, `the first row of a ${what}`);
      next += n;
    }
    demandEqual(next, times.length * program.shots, 'the number of rows');
  });
  await checks.check(
    `${at}each row is of the shot, the readout and the time that its number says`,
    () => {
      for (const chunk of run.chunks) {
        for (let k = 0; k < chunk.rows; k++) {
          const row = chunk.firstRow + k;
          demandEqual(chunk.shot[k], Math.floor(row / times.length), `the shot of row ${row}`);
          demandEqual(chunk.step[k], row % times.length, `the readout of row ${row}`);
          const t = times[row % times.length]!;
          demand(
            Math.abs(chunk.t[k]! - t) <= 1e-9 * program.duration,
            `row ${row} is of time ${chunk.t[k]}, not ${t}`,
          );
        }
      }
    },
  );
  await checks.check(`${at}the last readout of each shot carries its state`, () => {
    const last = states.filter(({ step }) => step === times.length - 1).map(({ shot }) => shot);
    const lost = run.gaps.length > 0;
    const expected = Array.from({ length: program.shots }, (_, shot) => shot);
    if (!lost) demandEqual(last.join(), expected.join(), 'the shots with a last state');
  });
  await checks.check(`${at}states are of the sites’ kind and range`, () => {
    const [kind] = descriptor.sites.kinds;
    const { range } = descriptor.sites;
    for (const { state, shot } of states) {
      for (const value of state) {
        if (kind === 'ising')
          demand(value === 1 || value === -1, `shot ${shot} has a site at ${value}`);
        else
          demand(
            Number.isFinite(value) && (range === null || (value >= range[0] && value <= range[1])),
            `shot ${shot} has a site at ${value}`,
          );
      }
    }
  });
  await checks.check(`${at}the result’s final states are those of the last samples`, () => {
    const shown = Math.min(program.shots, SHOWN_SHOTS);
    demandEqual(result.final.states.length, shown, 'the number of final states');
    for (const { shot, step, state } of states) {
      if (step !== times.length - 1 || shot >= shown) continue;
      const final = result.final.states[shot]!;
      const same =
        final.length === state.length &&
        final.every(
          (value, i) => Math.abs(value - state[i]!) <= 1e-12 * Math.max(1, Math.abs(value)),
        );
      demand(
        same,
        `shot ${shot} ends at ${JSON.stringify(final)}, its last sample is ${JSON.stringify(state)}`,
      );
    }
  });
  await checks.check(`${at}overlaps are those of the states with the references`, () => {
    const references = program.references;
    for (const { shot, row, overlaps, state } of states) {
      references.forEach((reference, mu) => {
        if (overlaps === null) return;
        const m =
          reference.reduce((sum, xi, i) => sum + xi * Math.sign(state[i]!), 0) / program.sites;
        const got = overlaps[row * references.length + mu]!;
        demand(
          Math.abs(got - m) < 1e-9,
          `shot ${shot}: overlap ${got} of a state whose overlap is ${m}`,
        );
      });
    }
  });
  await checks.check(
    `${at}the result’s times are those of the readouts, and its means have them all`,
    () => {
      const { t } = result.observables;
      demandEqual(t.length, times.length, 'the number of times');
      t.forEach((value, k) =>
        demand(
          Math.abs(value - times[k]!) <= 1e-9 * program.duration,
          `time ${k} is ${value}, not ${times[k]}`,
        ),
      );
      const { energy, work, heat } = result.observables;
      for (const [name, series] of Object.entries({ energy, work, heat })) {
        if (series === undefined) continue;
        demandEqual(series.mean.length, times.length, `the number of means of ${name}`);
        demandEqual(series.sem.length, times.length, `the number of standard errors of ${name}`);
      }
    },
  );
  await checks.check(`${at}progress and shots only go forward, to the end`, () => {
    ascending(run.shotsSeen, 'shots');
    ascending(run.fractions, 'progress');
    demandEqual(run.shotsSeen.at(-1), program.shots, 'the last count of shots');
  });
}

function ascending(values: readonly number[], what: string): void {
  values.forEach((value, k) =>
    demand(k === 0 || value >= values[k - 1]!, `${what} went from ${values[k - 1]} to ${value}`),
  );
}

async function channels(checks: Checks, bench: Bench, descriptor: Descriptor): Promise<void> {
  const { readout } = probeDocument(descriptor);
  const asking = (channel: string): Program =>
    probeProgram(descriptor, {}, { readout: { ...readout, channels: [channel] } });
  await checks.check('a channel that was not asked for is not sent', async () => {
    const { chunks, result } = await bench.gather(await bench.current(), asking('overlaps'));
    for (const name of ['energy', 'work', 'heat'] as const) {
      demand(
        chunks.every((chunk) => chunk[name] === null),
        `chunks have ${name}`,
      );
      demand(result.observables[name] === undefined, `the result has ${name}`);
    }
    demand(
      chunks.every((chunk) => chunk.overlaps !== null),
      'chunks have no overlaps',
    );
  });
  for (const { name } of descriptorAt(descriptor, null).readout.channels) {
    if (name === 'state') continue;
    await checks.check(`channel '${name}' is sent where it was asked for`, async () => {
      const { chunks } = await bench.gather(await bench.current(), asking(name));
      demand(
        chunks.length > 0 && chunks.every((chunk) => chunk[name] !== null),
        `chunks have no ${name}`,
      );
    });
  }
}

async function order(checks: Checks, bench: Bench, descriptor: Descriptor): Promise<void> {
  const program = probeProgram(descriptor, { shots: 5 });
  await checks.check('it waits for whoever listens: a slow recorder loses nothing', async () => {
    let busy = false;
    let overlapped = false;
    const run = await bench.gather(await bench.current(), program, {
      onChunk: async () => {
        overlapped ||= busy;
        busy = true;
        await bench.sleep(20);
        busy = false;
      },
    });
    demand(!overlapped, 'a chunk came while the recorder was still busy with the one before');
    const told = [...run.chunks, ...run.gaps].reduce((sum, { rows }) => sum + rows, 0);
    const times = readoutTimes(resolveProgram(program, descriptor, 0));
    demandEqual(told, times.length * program.shots, 'rows and gaps');
  });
  if (descriptor.origin === 'emulator') {
    await checks.check(
      'the same program and seed give the same result; another seed another one',
      async () => {
        const many = probeProgram(descriptor, { shots: 20 });
        const [first, second, other] = [
          await bench.gather(await bench.current(), many, { seed: 11 }),
          await bench.gather(await bench.current(), many, { seed: 11 }),
          await bench.gather(await bench.current(), many, { seed: 12 }),
        ];
        demandEqual(
          JSON.stringify(second.result),
          JSON.stringify(first.result),
          'the second result',
        );
        if (!descriptor.features.includes('computes-nothing')) {
          demand(
            JSON.stringify(other.result.final) !== JSON.stringify(first.result.final),
            'another seed gave the same states',
          );
        }
      },
    );
  } else
    checks.skip(
      'the same seed gives the same result',
      `what a device of origin '${descriptor.origin}' draws is its own`,
    );
}
