import { RandomStream, RelaxdError } from '../core/index.js';
import { minimise } from './nelder-mead.js';
import { OverlapFlow } from './overlap-flow.js';
import { populationEntropy } from './populations.js';
import { SUCCESS_ABOVE, type DriveModel } from './predict-drive.js';
import { step, triangle, type ProtocolPoint } from './protocol.js';

export type Objective = 'entropy-production' | 'work';

export interface ProtocolSearch {
  /** Fields at so many equal times from 0 to the release, straight lines between them, jumps at both ends. */
  readonly points: number;
  readonly duration: number;
  readonly relax: number;
  readonly objective: Objective;
  /** Of the field. */
  readonly range: readonly [number, number];
  /** Sites of the device, whose fluctuations the protocol must bear. */
  readonly sites: number;
}

/** A protocol and what theory says of it, per site. */
export interface Candidate {
  readonly points: readonly ProtocolPoint[];
  readonly work: number;
  readonly entropyProduction: number;
  /** With the target, at the end. */
  readonly overlap: number;
}

export interface FoundProtocols {
  readonly objective: Objective;
  readonly range: readonly [number, number];
  /** Standard deviations of the shots' own fluctuations that a protocol must bear. */
  readonly margin: number;
  readonly found: Candidate;
  /** The better of the best step and the best triangle of the same duration. */
  readonly baseline: Candidate & { readonly shape: 'step' | 'triangle'; readonly height: number };
  /** The baseline's objective less the found one's. */
  readonly gain: number;
  readonly evaluations: number;
}

const MARGIN = 4;
/** Courses with random fluctuations whose mean cost counts, in pairs of opposite ones, always the same. */
const COURSES = 32;
const COURSES_SEED = 1;
/** How much larger than those of N sites they are: a search fits itself to few courses, and shots are many. */
const ENLARGED = 3;
/** Times, at least, at which fluctuations come in. */
const PUSHES = 16;
/** Heights that are tried before the best of a shape is refined, and evaluations of the search for each of its points. */
const HEIGHTS = 40;
const EVALUATIONS_A_POINT = 150;
type Cost = (trial: { readonly work: number; readonly entropyProduction: number }) => number;
const MOST_OVERLAP = 1 - 1e-9;

/**
 * Searches for the fields of a piecewise-linear drive that cost least and still bring the target back: deterministic, on the
 * exact overlap dynamics with the fluctuations of N sites. What a protocol costs is the mean over courses with random ones, since a
 * protocol that is cheap on the mean course alone (one that waits on the ridge between failure and success, say) is dear in
 * shots. It succeeds where every such course ends above ½, and so does one that is held back by chance as unlikely as 4 standard deviations:
 * at the start and at equal times until the release each population is moved by √((1 − x²) 2Δt/N), with 2Δt at most 1, over √moves.
 *
 * With the end at rest Σ = Δs + β(W − Δe) and both states are the same for every protocol that succeeds: then the least work is the
 * least entropy production too.
 *
 * @throws RelaxdError `invalid-input` where no step or triangle within the range succeeds
 */
export function optimiseProtocol(model: DriveModel, search: ProtocolSearch): FoundProtocols {
  const { points, duration, range, objective } = search;
  const course = new TrialCourse(model, search);
  const cost: Cost = (trial) => (objective === 'work' ? trial.work : trial.entropyProduction);
  const shapes = (['step', 'triangle'] as const).flatMap((shape) => {
    const best = bestHeight(shape, course, cost, search);
    return best === null ? [] : [best];
  });
  const [first, second] = shapes;
  if (first === undefined) {
    throw new RelaxdError(
      'invalid-input',
      `no step or triangle of duration ${duration} within ${range[0]} … ${range[1]} brings the target back`,
      {
        path: 'protocol.optimise',
        value: { duration, range },
        limit:
          'a cue whose accuracy is above the basin edge at this temperature, driven long and strongly enough',
        hint: 'raise the accuracy, the duration or the range, or lower the temperature or the order',
      },
    );
  }
  const priced = (candidate: Candidate): number => course.penalised(candidate.points, cost);
  const baseline = second !== undefined && priced(second) < priced(first) ? second : first;
  const times = Array.from({ length: points }, (_, k) => (k * duration) / (points - 1));
  const pointsOf = (fields: readonly number[]): ProtocolPoint[] =>
    times.map((t, k) => [t, fields[k]!]);
  let evaluations = 2 * HEIGHTS;
  let best: { candidate: Candidate; value: number } = {
    candidate: baseline,
    value: priced(baseline),
  };
  // From both shapes, the triangle as far as the points can draw it, and from half of the step with a brake at its end.
  const starts = shapes.flatMap(({ shape, height }) =>
    shape === 'step'
      ? [times.map(() => height), times.map((_, k) => (k < points / 2 ? height : 0))]
      : [times.map((t) => height * (1 - Math.abs((2 * t) / duration - 1)))],
  );
  for (const start of starts) {
    const {
      at,
      value,
      evaluations: used,
    } = minimise((fields) => course.penalised(pointsOf(fields), cost), start, {
      box: times.map(() => range),
      evaluations: Math.floor((EVALUATIONS_A_POINT * points) / starts.length),
      restarts: 6,
    });
    evaluations += used;
    const candidate = course.candidate(pointsOf(at));
    if (candidate !== null && value < best.value) best = { candidate, value };
  }
  return {
    objective,
    range,
    margin: MARGIN,
    found: best.candidate,
    baseline,
    gain: cost(baseline) - cost(best.candidate),
    evaluations,
  };
}

interface Trial {
  readonly work: number;
  readonly entropyProduction: number;
  /** With the target, at the end and at the release. */
  readonly overlap: number;
  readonly released: number;
}

/** What a protocol comes to: as it is, and with the fluctuations of N sites. */
class TrialCourse {
  private readonly slices: number;
  private readonly dt: number;
  /** What one standard deviation of the whole course moves the populations by, each time. */
  private readonly push: number;
  /** [course][4 · move + population], in magnetisation. */
  private readonly noise: readonly Float64Array[];
  private readonly flow: OverlapFlow;
  private readonly x = new Float64Array(4);

  constructor(
    private readonly model: DriveModel,
    private readonly search: ProtocolSearch,
  ) {
    // Each point of a protocol, and the tip of a triangle, is at the end of a slice.
    const lines = 2 * (search.points - 1);
    this.slices = lines * Math.ceil(PUSHES / lines);
    this.dt = search.duration / this.slices;
    const deviation = Math.sqrt(Math.min(1, 2 * this.dt) / search.sites);
    this.push = deviation / Math.sqrt(this.slices + 1);
    this.flow = new OverlapFlow(model);
    const { shares } = model;
    const drawn = Array.from({ length: COURSES / 2 }, (_, course) => {
      const stream = RandomStream.of(COURSES_SEED, 'disorder', course);
      return Float64Array.from({ length: 4 * (this.slices + 1) }, (__, k) => {
        const share = shares[k % 4]!;
        return share === 0 ? 0 : (ENLARGED * stream.normal() * deviation) / Math.sqrt(share);
      });
    });
    this.noise = drawn.flatMap((noise) => [noise, noise.map((v) => -v)]);
  }

  /** null: it does not succeed. */
  candidate(points: readonly ProtocolPoint[]): Candidate | null {
    const { released: _released, ...plain } = this.run(points, 0, null);
    return this.penalised(points, () => 0) === 0 ? { points, ...plain } : null;
  }

  /** The mean cost of shots, and for protocols that fail something larger that falls towards success. */
  penalised(points: readonly ProtocolPoint[], cost: Cost): number {
    const held = this.run(points, MARGIN, null);
    if (!this.succeeds(held)) return 100 - held.overlap - held.released;
    let sum = 0;
    for (const noise of this.noise) {
      const trial = this.run(points, 0, noise);
      if (!this.succeeds(trial)) return 98 - trial.released;
      sum += cost(trial);
    }
    return sum / this.noise.length;
  }

  private succeeds(trial: { readonly overlap: number }): boolean {
    return trial.overlap > SUCCESS_ABOVE;
  }

  /**
   * A course that is moved, at the start and after every slice, away from the target by so many standard deviations on the whole, or by
   * noise. Σ by the identity Σ = Δs + β(W − Δe), so that a move counts for neither work nor heat.
   */
  private run(
    points: readonly ProtocolPoint[],
    deviations: number,
    noise: Float64Array | null,
  ): Trial {
    const { slices, dt, model, search, flow, x } = this;
    const lowered = deviations * this.push;
    const move = (k: number): void => {
      for (let p = 0; p < 4; p++) {
        // Spins that are nearly sure of their sign hardly fluctuate.
        const free = Math.sqrt(Math.max(0, 1 - x[p]! * x[p]!));
        const by = free * ((noise === null ? 0 : noise[4 * k + p]!) - lowered);
        x[p] = Math.max(-MOST_OVERLAP, Math.min(MOST_OVERLAP, x[p]! + by));
      }
    };
    x.set(model.initial);
    const start = flow.energy(x, 0);
    move(0);
    let work = -fieldAt(points, 0) * flow.overlaps(x).cue;
    for (let k = 0; k < slices; k++) {
      work += flow.advance(x, fieldAt(points, k * dt), fieldAt(points, (k + 1) * dt), dt);
      move(k + 1);
    }
    const { target, cue } = flow.overlaps(x);
    work += fieldAt(points, search.duration) * cue;
    flow.relax(x, search.relax);
    const entropy = populationEntropy(model.shares, x) - model.entropy;
    return {
      work,
      entropyProduction: entropy + (work - (flow.energy(x, 0) - start)) / model.temperature,
      overlap: flow.overlaps(x).target,
      released: target,
    };
  }
}

/** The field of a protocol's own points, without the jumps at its ends. */
function fieldAt(points: readonly ProtocolPoint[], t: number): number {
  const next = points.findIndex(([at]) => at >= t * (1 - 1e-12));
  if (next <= 0) return next === 0 ? points[0]![1] : points.at(-1)![1];
  const [t0, h0] = points[next - 1]!;
  const [t1, h1] = points[next]!;
  return h0 + (h1 - h0) * Math.min(1, (t - t0) / (t1 - t0));
}

/** The cheapest height of a shape that succeeds: on a grid, then between the neighbours of its best (golden section). */
function bestHeight(
  shape: 'step' | 'triangle',
  course: TrialCourse,
  cost: Cost,
  { duration, range }: ProtocolSearch,
): FoundProtocols['baseline'] | null {
  const draw = (h: number): ProtocolPoint[] =>
    shape === 'step' ? step(h, duration) : triangle(h, duration);
  const most = range[1];
  const least = Math.max(0, range[0]);
  const width = (most - least) / HEIGHTS;
  const priced = (h: number): number => course.penalised(draw(h), cost);
  let best = { height: NaN, price: Infinity };
  for (let k = 1; k <= HEIGHTS; k++) {
    const height = least + k * width;
    const price = priced(height);
    if (price < best.price) best = { height, price };
  }
  const { at } = minimise(([h]) => priced(h!), [best.height], {
    box: [[Math.max(least, best.height - width), Math.min(most, best.height + width)]],
    evaluations: 40,
    restarts: 1,
  });
  const height = at[0]!;
  const candidate = course.candidate(draw(height));
  return candidate === null ? null : { ...candidate, shape, height };
}
