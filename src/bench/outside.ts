import { spawn } from 'node:child_process';
import { RandomStream, RelaxdError } from '../core/index.js';
import type { Contestant, Sample } from './contestant.js';
import { unexpected } from './expected.js';

/** An outside program and what it is called in the tables. */
export interface OutsideProgram {
  readonly name: string;
  /** Run by the shell; reads an instance on stdin and prints an answer. */
  readonly command: string;
}

/** What an outside annealer reads: `bench/README.md` says it in words. */
export interface AnnealingInstance {
  readonly format: 'relaxd-annealing';
  readonly version: 1;
  readonly sites: number;
  /** [i, j, Jᵢⱼ] with i < j, each pair once: E = −Σ Jᵢⱼ sᵢ sⱼ over these. */
  readonly couplings: readonly (readonly [number, number, number])[];
  readonly sweeps: number;
  /** Inverse temperature of the first and of the last sweep, linear between. */
  readonly beta: readonly [number, number];
  /** Independent anneals, each from its own random state. */
  readonly runs: number;
  readonly seed: number;
}
interface AnnealingAnswer {
  readonly seconds: number;
  readonly energy: number;
  readonly state?: readonly number[];
}

/** @throws RelaxdError `wrong-call` */
export function readOutside(text: string): OutsideProgram {
  const cut = text.indexOf('=');
  const name = text.slice(0, cut).trim();
  const command = text.slice(cut + 1).trim();
  if (cut < 1 || name === '' || command === '') {
    throw new RelaxdError('wrong-call', `--outside '${text}' is not NAME=COMMAND`, {
      path: '--outside',
      value: text,
      hint: "for example --outside 'mine=python3 bench/examples/annealer.py'",
    });
  }
  return { name, command };
}

/** The instance of W1: J ~ N(0, 1/N) (SK), β from 0.5 to 10. */
export function annealingInstance(
  sites: number,
  sweeps: number,
  runs: number,
  seed: number,
): AnnealingInstance {
  const stream = RandomStream.of(seed, 'disorder', 0);
  const couplings: [number, number, number][] = [];
  for (let i = 0; i < sites; i++) {
    for (let j = i + 1; j < sites; j++) couplings.push([i, j, stream.normal() / Math.sqrt(sites)]);
  }
  return {
    format: 'relaxd-annealing',
    version: 1,
    sites,
    couplings,
    sweeps,
    beta: [0.5, 10],
    runs,
    seed,
  };
}

/** −Σ Jᵢⱼ sᵢ sⱼ */
export function annealingEnergy(
  { couplings }: Pick<AnnealingInstance, 'couplings'>,
  state: readonly number[],
): number {
  let energy = 0;
  for (const [i, j, coupling] of couplings) energy -= coupling * state[i]! * state[j]!;
  return energy;
}

/** A program may round couplings to f32. */
const ENERGY_TOLERANCE = 1e-4;
const PATIENCE_MS = 300_000;

/** An outside annealer on the instance of W1. */
export class OutsideContestant implements Contestant {
  readonly variant = null;
  /** Of every call, a site. */
  readonly energies: number[] = [];
  private wrong: string | null = null;
  private calls = 0;
  private withoutSeed: string | null = null;

  constructor(
    private readonly program: OutsideProgram,
    private readonly instance: AnnealingInstance,
    private readonly signal: AbortSignal,
    /** Whether its energies have to be those of W1. */
    private readonly compared: boolean,
  ) {}

  get engine(): string {
    return this.program.name;
  }

  async prepare(): Promise<void> {}

  async sample(): Promise<Sample> {
    const { instance } = this;
    const { seed, ...rest } = instance;
    // The couplings are half a million: they are written once.
    this.withoutSeed ??= JSON.stringify(rest).slice(0, -1);
    const text = `${this.withoutSeed},"seed":${seed + this.calls++}}`;
    const { seconds, energy, state } = await this.call(text);
    this.energies.push(energy / instance.sites);
    this.wrong ??= wrongState(instance, energy, state);
    return { seconds, figure: (1000 * seconds) / instance.runs };
  }

  pace(): null {
    return null;
  }

  async check(): Promise<string | null> {
    if (this.wrong !== null || !this.compared) return this.wrong;
    return unexpected('W1', this.energies.reduce((a, b) => a + b, 0) / this.energies.length);
  }

  async close(): Promise<void> {}

  /** @throws Error that says what the command did instead of answering */
  private call(instance: string): Promise<AnnealingAnswer> {
    return new Promise((resolve, reject) => {
      const child = spawn(this.program.command, {
        shell: true,
        signal: this.signal,
        timeout: PATIENCE_MS,
      });
      let out = '';
      let complaints = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        complaints = (complaints + text).slice(-2000);
      });
      child.stdin.on('error', () => undefined); // a command that does not read says so by its answer
      child.on('error', reject);
      child.on('close', (status) => {
        try {
          resolve(readAnswer(out));
        } catch (error) {
          const last = complaints.trim().split('\n').at(-1);
          reject(
            new Error(
              last === undefined || last === ''
                ? `${(error as Error).message} (exit ${status})`
                : last,
            ),
          );
        }
      });
      child.stdin.end(instance);
    });
  }
}

function wrongState(
  instance: AnnealingInstance,
  energy: number,
  state: readonly number[] | undefined,
): string | null {
  if (state === undefined) return null;
  if (state.length !== instance.sites || state.some((s) => s !== 1 && s !== -1)) {
    return `its state is not ${instance.sites} numbers of ±1`;
  }
  const true_ = annealingEnergy(instance, state);
  return Math.abs(true_ - energy) <= ENERGY_TOLERANCE * instance.sites
    ? null
    : `its state has the energy ${true_.toPrecision(7)}, not ${energy.toPrecision(7)}`;
}

/** The last line is the answer: a program may say other things before. */
function readAnswer(out: string): AnnealingAnswer {
  const line = out.trim().split('\n').at(-1) ?? '';
  const answer = JSON.parse(line === '' ? 'null' : line) as AnnealingAnswer | null;
  if (!Number.isFinite(answer?.energy) || !(answer!.seconds > 0)) {
    throw new Error('it did not print {"energy": …, "seconds": …}');
  }
  return answer!;
}
