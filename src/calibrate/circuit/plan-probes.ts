import { RelaxdError } from '../../core/index.js';
import type { Descriptor } from '../../device/index.js';
import { CircuitParameters, type NominalCircuit } from './circuit-parameters.js';
import {
  circuitProbe,
  onGrid,
  totalCost,
  type CircuitProbe,
  type ProbeCost,
  type ProbeDrive,
} from './circuit-probe.js';
import { nominalCircuit } from './nominal-circuit.js';

/** All probes of a calibration, in the order in which they are run. */
export interface ProbePlan {
  readonly parameters: CircuitParameters;
  readonly probes: readonly CircuitProbe[];
  readonly cost: ProbeCost;
  /** What the device cannot do, and what therefore stays open. */
  readonly missing: readonly string[];
}

export interface PlanOptions {
  /** How many of the device's sites; all by default. */
  readonly sites?: number;
  /** What pairs are measured; all by default. */
  readonly pairs?: readonly (readonly [number, number])[];
  /** Length of all probes over the usual one, whose errors are about 1 %: errors go with its root. */
  readonly effort?: number;
  /** Present values of the device's parameters. */
  readonly parameters?: Readonly<Record<string, number>>;
  /** How many of the device's drives are used by the programs that are to be predicted; none by default. */
  readonly drives?: number;
  /** Of the low-pass before the readout where it is known; 0: there is none. */
  readonly readoutPoleS?: number;
  /** Whether a coupling has one gain in both directions; by default it has one in each. */
  readonly reciprocal?: boolean;
  /** Whether quartic wells are measured where the device has them; by default they are. */
  readonly quartic?: boolean;
  /** Whether there are probes, too, that hold some sites warm and the others cool; by default there are none. */
  readonly siteTemperatures?: boolean;
}

/** Usual lengths, t0. */
const REST = 1500;
/**
 * Bytes of a shot at most, two a number and some a row: nodes are sampled faster than a serial line carries, and boards wait only
 * between shots for room in their memory, which may be no more than twice of it.
 */
const SHOT_BYTES = 2 ** 15;
const ROW_BYTES = 24;
const STEP_SHOTS = 60;
const PAIR_SHOTS = 12;
const HEAT_SHOTS = 60;
const QUARTIC_SHOTS = 20;
/** The heat that warms a site scatters by √2 of itself: 4.5 %. */
const WARMING_SHOTS = 1000;
/** Voltage of a driven node over what the readout shows at most, and where nothing limits it. */
const SHARE_OF_REACH = 0.4;
const USUAL_REACH = 8;
/** Of that again, in quartic wells and in double ones: near the places where memories are, and two strengths of the cubic force. */
const QUARTIC_SHARES = [0.5, 0.4] as const;
/** Above, the closed moments of quartic wells are no longer near enough (0092). */
const MOST_WARM = 0.1;
/** Noise temperature of driven probes: far enough above 0 for the noise to be seen, so low that responses stand out. */
const COOL = 0.02;
/** The stiffer of the two wells, times the soft one. */
const STIFF = 3;

/**
 * Chooses what a circuit is to run for {@link CircuitParameters} to be found, from its descriptor alone:
 *
 * - rest noise in a soft and in a stiff well: rates, noise, offsets (their parts from current and from readout differ between the two)
 * - steps of a field in both wells, up and down: response, readout's pole
 * - ramps of each drive: its gain
 * - each pair once, in rounds of disjoint pairs, each of its nodes driven in turn: gains of both directions
 * - steps of strong fields up and down in quartic wells, and in double ones, where the device has them: gains of the cubic force
 * - heat of steps of single nodes, and at rest: the scale that all states leave open
 * - where asked for, of devices whose sites can have temperatures of their own: pairs at rest of which one is warm and one is cool, then the other way
 *   round; and heat that warms one site
 *
 * @throws RelaxdError `not-supported` where the descriptor's device cannot be measured this way
 */
export function planProbes(descriptor: Descriptor, options: PlanOptions = {}): ProbePlan {
  const told = nominalCircuit(descriptor, options.parameters);
  const nominal = { ...told, readoutPoleS: options.readoutPoleS ?? told.readoutPoleS };
  const sites = options.sites ?? descriptor.sites.max;
  const channels = descriptor.readout.channels.map(({ name }) => name);
  const refuse = (path: string, value: unknown, limit: unknown): never => {
    throw new RelaxdError('not-supported', `${descriptor.device} cannot be probed: ${path}`, {
      path,
      value,
      limit,
    });
  };
  if (!channels.includes('state')) refuse('readout.channels', channels, 'state');
  const wells = descriptor.wells ?? refuse('wells', null, 'linear wells');
  if (wells.quartic[0] > 0) refuse('wells.quartic', wells.quartic, 'from 0: linear wells');
  if (!descriptor.initial.includes('zero')) refuse('initial', descriptor.initial, 'zero');
  const make = new Maker(descriptor, nominal, sites, options.effort ?? 1);
  const pairs = options.pairs ?? allPairs(sites);
  const drives = Math.min(options.drives ?? 0, descriptor.drives?.max ?? 0);
  const probes = [...make.rests(), ...make.steps(), ...make.ramps(drives), ...make.pairs(pairs)];
  const missing: string[] = [];
  if (make.stiff === make.soft) {
    missing.push('one steepness of wells only: offsets of current and readout are not told apart');
  }
  const quartics = options.quartic === false || wells.quartic[1] <= 0 ? null : make.quartics();
  if (quartics !== null) probes.push(...quartics);
  if (quartics?.length === 0) {
    missing.push('no strong fields at a low temperature: gains of quartic wells are not measured');
  }
  const hasHeat = channels.includes('heat');
  if (hasHeat) probes.push(...make.heats());
  else
    missing.push(
      'no heat is measured: the scale of capacitance, resistance, temperature and gain stays open',
    );
  if (options.siteTemperatures === true) {
    const { perSite, range } = descriptor.dynamics.temperature;
    if (!perSite) refuse('dynamics.temperature.perSite', false, true);
    if (!(make.warm > make.cool)) refuse('dynamics.temperature.range', range, 'two temperatures');
    probes.push(...make.halves(pairs), ...(hasHeat ? make.warmings() : []));
  }
  return {
    parameters: new CircuitParameters(
      sites,
      nominal,
      drives,
      pairs,
      options.reciprocal ?? false,
      quartics !== null && quartics.length > 0,
    ),
    probes,
    cost: totalCost(probes),
    missing,
  };
}

export function allPairs(sites: number): [number, number][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < sites; i++) for (let j = i + 1; j < sites; j++) pairs.push([i, j]);
  return pairs;
}

/** Rounds of pairs in which no site is twice: greedy, and as many as a tournament of all pairs needs, or one more. */
export function disjointRounds(
  sites: number,
  pairs: readonly (readonly [number, number])[],
): (readonly [number, number])[][] {
  // All pairs by the circle: site n − 1 (or nobody) stays, the others go round.
  const players = sites + (sites % 2);
  const roundOf = ([i, j]: readonly [number, number]): number => {
    const [a, b] = i < j ? [i, j] : [j, i];
    const turns = players - 1;
    if (b === players - 1) return (2 * a) % turns;
    return (a + b) % turns;
  };
  const rounds = new Map<number, (readonly [number, number])[]>();
  for (const pair of pairs) {
    const at = roundOf(pair);
    const round = rounds.get(at);
    if (round === undefined) rounds.set(at, [pair]);
    else round.push(pair);
  }
  return [...rounds.entries()].sort(([a], [b]) => a - b).map(([, round]) => round);
}

interface Wanted {
  readonly name: string;
  readonly shows: string;
  readonly kind: 'states' | 'heat';
  readonly quadratic: number;
  readonly quartic?: number;
  readonly temperature: number | Float64Array;
  readonly fields?: Float64Array;
  readonly couplings?: readonly number[];
  readonly drive?: ProbeDrive;
  readonly every: number;
  readonly samples: number;
  readonly shots: number;
}

/** Makes probes within the limits of one descriptor; times in t0, rates of a nominal node: 2q. */
class Maker {
  readonly soft: number;
  readonly stiff: number;

  constructor(
    private readonly descriptor: Descriptor,
    private readonly nominal: NominalCircuit,
    private readonly sites: number,
    private readonly effort: number,
  ) {
    const [least, most] = descriptor.wells!.quadratic;
    this.soft = Math.min(Math.max(1, least), most);
    this.stiff = Math.min(STIFF * this.soft, most);
  }

  rests(): CircuitProbe[] {
    return this.bothWells().map((quadratic) => {
      return this.probe({
        name: `rest, quadratic ${quadratic}`,
        shows: 'rates, noise and offsets',
        kind: 'states',
        quadratic,
        temperature: this.temperature(1),
        ...this.long(quadratic),
      });
    });
  }

  steps(): CircuitProbe[] {
    return this.bothWells().flatMap((quadratic) =>
      [1, -1].map((sign) => {
        // The readout's pole, some 0.025 t0, shows in what follows a step at once.
        const every = this.every(0.05 / quadratic);
        return this.probe({
          name: `step ${sign > 0 ? 'up' : 'down'}, quadratic ${quadratic}`,
          shows: 'response to a field, rates, the readout’s pole',
          kind: 'states',
          quadratic,
          temperature: this.temperature(COOL),
          fields: new Float64Array(this.sites).fill(sign * this.field(quadratic)),
          every,
          samples: Math.ceil(2 / quadratic / every) + 1,
          shots: this.many(STEP_SHOTS),
        });
      }),
    );
  }

  ramps(drives: number): CircuitProbe[] {
    const quadratic = this.soft;
    const every = this.every(0.2 / quadratic);
    const samples = 2 * Math.ceil(2 / quadratic / every) + 1;
    const most = Math.min(
      this.field(quadratic),
      this.descriptor.drives?.amplitude?.[1] ?? Infinity,
    );
    return Array.from({ length: drives }, (_, index) =>
      this.probe({
        name: `ramp of drive ${index}`,
        shows: 'the drive’s gain',
        kind: 'states',
        quadratic,
        temperature: this.temperature(COOL),
        drive: {
          index,
          pattern: new Float64Array(this.sites).fill(1),
          amplitudes: Float64Array.from(
            { length: samples },
            (__, s) => most * (1 - Math.abs((2 * s) / (samples - 1) - 1)),
          ),
        },
        every,
        samples,
        shots: this.many(2 * STEP_SHOTS),
      }),
    );
  }

  pairs(pairs: readonly (readonly [number, number])[]): CircuitProbe[] {
    const quadratic = this.soft;
    const coupling = this.coupling(quadratic);
    return disjointRounds(this.sites, pairs).flatMap((round, k) =>
      [0, 1].map((driven) => {
        const fields = new Float64Array(this.sites);
        for (const pair of round) fields[pair[driven]!] = this.field(quadratic, 0.5);
        const every = this.every(0.2 / quadratic);
        return this.probe({
          name: `pairs, round ${k + 1}, ${driven === 0 ? 'first' : 'second'} driven`,
          shows: 'gains of couplings in both directions',
          kind: 'states',
          quadratic,
          temperature: this.temperature(COOL),
          fields,
          couplings: round.flatMap(([i, j]) => [Math.min(i, j), Math.max(i, j), coupling]),
          every,
          samples: Math.ceil(4 / quadratic / every) + 1,
          shots: this.many(PAIR_SHOTS),
        });
      }),
    );
  }

  /** Where a strong field holds a node, the cubic force is most of what holds against it. None where there is no such field, or too much noise. */
  quartics(): CircuitProbe[] {
    const { quadratic: range, quartic: quarticRange, default: usual } = this.descriptor.wells!;
    const quartic = Math.min(usual.quartic > 0 ? usual.quartic : 1, quarticRange[1]);
    const every = this.every(0.05 / this.soft);
    if (this.cool > MOST_WARM) return [];
    return [this.soft, Math.max(-this.soft, range[0])].flatMap((quadratic, k) => {
      const x = QUARTIC_SHARES[k]! * this.reach();
      const { range: fields, resolution } = this.descriptor.fields;
      const force = 2 * quadratic * x + 4 * quartic * x ** 3;
      const field = onGrid(Math.min(force, fields?.[1] ?? Infinity), resolution);
      if (!(field > 0)) return [];
      // A weak field leaves it to the noise on which side of a double well a node comes to be.
      if (k > 0 && (quadratic >= 0 || field < force / 2)) return [];
      return [1, -1].map((sign) =>
        this.probe({
          name: `step ${sign > 0 ? 'up' : 'down'}, quartic ${quartic}, quadratic ${quadratic}`,
          shows: 'gains of quartic wells',
          kind: 'states',
          quadratic,
          quartic,
          temperature: this.cool,
          fields: new Float64Array(this.sites).fill(sign * field),
          every,
          samples: Math.ceil(1 / this.soft / every) + 1,
          shots: this.many(QUARTIC_SHOTS),
        }),
      );
    });
  }

  heats(): CircuitProbe[] {
    const quadratic = this.stiff;
    const duration = 3 / quadratic;
    return Array.from({ length: this.sites + 1 }, (_, site) => {
      const fields = new Float64Array(this.sites);
      if (site < this.sites) fields[site] = this.field(quadratic);
      return this.probe({
        name: site < this.sites ? `heat of a step of site ${site}` : 'heat at rest',
        shows: site < this.sites ? 'the scale of its parts' : 'offset of the heat monitor',
        kind: 'heat',
        quadratic,
        temperature: this.temperature(COOL),
        fields,
        every: this.every(duration),
        samples: 2,
        shots: this.many(HEAT_SHOTS),
      });
    });
  }

  /** Of each pair of the first round, with its coupling, one site is warm: then the other one. */
  halves(pairs: readonly (readonly [number, number])[]): CircuitProbe[] {
    const quadratic = this.soft;
    const coupling = this.coupling(quadratic);
    const [round = []] = disjointRounds(this.sites, pairs);
    return [0, 1].map((warm) => {
      const isWarm = new Set(round.map((pair) => pair[warm]!));
      const isMet = new Set(round.flat());
      return this.probe({
        name: `half of the sites warm, ${warm === 0 ? 'first' : 'second'} of each pair`,
        shows: 'noise that sites have of their own and from each other, heat from warm to cool',
        kind: 'states',
        quadratic,
        temperature: Float64Array.from({ length: this.sites }, (_, i) =>
          isWarm.has(i) || (!isMet.has(i) && warm === i % 2) ? this.warm : this.cool,
        ),
        couplings: round.flatMap(([i, j]) => [Math.min(i, j), Math.max(i, j), coupling]),
        ...this.long(quadratic),
      });
    });
  }

  /** One site at a time: the heat scatters as much as it is, so that half of them at once would be known half as well (0097). */
  warmings(): CircuitProbe[] {
    const quadratic = this.stiff;
    return Array.from({ length: this.sites }, (_, site) =>
      this.probe({
        name: `heat that warms site ${site}`,
        shows: 'the scale of its parts, by its noise',
        kind: 'heat',
        quadratic,
        temperature: Float64Array.from({ length: this.sites }, (__, i) =>
          i === site ? this.warm : this.cool,
        ),
        every: this.every(3 / quadratic),
        samples: 2,
        shots: this.many(WARMING_SHOTS),
      }),
    );
  }

  get warm(): number {
    return this.temperature(1);
  }

  get cool(): number {
    return this.temperature(COOL);
  }

  private bothWells(): number[] {
    return this.stiff > this.soft ? [this.soft, this.stiff] : [this.soft];
  }

  /** Noise of all nodes over {@link REST}, in as many shots as that takes. */
  private long(quadratic: number): Pick<Wanted, 'every' | 'samples' | 'shots'> {
    const every = this.every(0.4 / quadratic / 2);
    const intervals = Math.ceil((REST * this.effort) / quadratic / every);
    const most = Math.max(1, Math.floor(SHOT_BYTES / (ROW_BYTES + 2 * this.sites)) - 1);
    const shots = Math.min(Math.ceil(intervals / most), this.descriptor.shots.max);
    return { every, samples: Math.ceil(intervals / shots) + 1, shots };
  }

  private many(shots: number): number {
    return Math.min(Math.max(20, Math.ceil(shots * this.effort)), this.descriptor.shots.max);
  }

  /** Not shorter than the device reads. */
  private every(wanted: number): number {
    return Math.max(wanted, this.descriptor.readout.minEvery ?? 0);
  }

  private temperature(wanted: number): number {
    const { range, default: usual } = this.descriptor.dynamics.temperature;
    return Math.min(Math.max(wanted * usual, range[0]), range[1]);
  }

  private field(quadratic: number, share = 1): number {
    const { range: fields, resolution } = this.descriptor.fields;
    const force = 2 * quadratic * this.reach() * share;
    return onGrid(Math.min(force, fields?.[1] ?? Infinity), resolution);
  }

  private reach(): number {
    const { range } = this.descriptor.sites;
    return SHARE_OF_REACH * (range === null ? USUAL_REACH : Math.min(range[1], USUAL_REACH));
  }

  /** Half of a node’s own rate: strong enough to be seen, and stable whatever the parts are. */
  private coupling(quadratic: number): number {
    const { range, resolution } = this.descriptor.couplings;
    return onGrid(Math.min(quadratic, range?.[1] ?? Infinity), resolution);
  }

  private probe(wanted: Wanted): CircuitProbe {
    const { name, shows, kind } = wanted;
    return circuitProbe(name, shows, kind, this.nominal, {
      sites: this.sites,
      quadratic: new Float64Array(this.sites).fill(wanted.quadratic),
      quartic: new Float64Array(this.sites).fill(wanted.quartic ?? 0),
      temperature: wanted.temperature,
      fields: wanted.fields ?? new Float64Array(this.sites),
      couplings: Float64Array.from(wanted.couplings ?? []),
      drives: wanted.drive === undefined ? [] : [wanted.drive],
      every: wanted.every,
      samples: wanted.samples,
      shots: wanted.shots,
    });
  }
}
