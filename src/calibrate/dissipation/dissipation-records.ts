import { RelaxdError } from '../../core/index.js';
import { moments } from '../../thermo/index.js';

/** How one site answers to a step of its own field; both programs are the same but for that field, and have no drives. */
export interface StepResponse {
  readonly site: number;
  /** Field of `up` less that of `down`, program units; small enough for the answer to be linear. */
  readonly field: number;
  /** Each length × sites as shown, program units; the field is set at the first sample. NaN: lost. */
  readonly up: readonly Float64Array[];
  readonly down: readonly Float64Array[];
}

/** Fluctuations of a device under whatever drives it, and its responses, sampled alike. */
export interface DissipationRecords {
  readonly sites: number;
  /** Time between samples, t0. */
  readonly interval: number;
  /** Shots under the drive: each length × sites as shown, program units. NaN: lost. */
  readonly driven: readonly Float64Array[];
  /** Of each site whose heat is asked for. */
  readonly responses: readonly StepResponse[];
}

/** What records show of one site over a lag, as shown: program units. */
export interface SiteRecord {
  readonly site: number;
  /** ⟨(y(t + lag) − y(t))²⟩ over all of the record, and the same of each of its blocks, for its scatter. */
  readonly squares: number;
  readonly blocks: Float64Array;
  /** Displacement after the lag, for a field of 1. */
  readonly response: number;
  readonly responseSem: number;
}

/** So many shots or more are blocks themselves; fewer are cut into this many. */
const BLOCKS = 24;
/** Fewer do not show their scatter. */
const LEAST_SHOTS = 8;

/**
 * Mean squares of displacements and responses over `lag` samples, of the sites that responses are given of.
 * @throws RelaxdError `invalid-input` for records that are too short or do not show their scatter, `wrong-size`
 */
export function readRecords(records: DissipationRecords, lag: number): SiteRecord[] {
  const { driven, responses, sites, interval } = records;
  const need = (ok: boolean, path: string, value: unknown, limit: unknown): void => {
    if (ok) return;
    throw new RelaxdError('invalid-input', `no dissipation from such records: ${path}`, {
      path,
      value,
      limit,
      hint: 'longer records, or more shots of them',
    });
  };
  need(interval > 0, 'interval', interval, '> 0');
  need(Number.isInteger(lag) && lag >= 1, 'lag', lag, 'a whole number of samples, 1 or more');
  need(driven.length > 0, 'driven', 0, 'a shot or more');
  need(responses.length > 0, 'responses', 0, 'of a site or more');
  return responses.map(({ site, field, up, down }, r) => {
    const at = `responses[${r}]`;
    need(Number.isInteger(site) && site >= 0 && site < sites, `${at}.site`, site, sites - 1);
    need(Number.isFinite(field) && field !== 0, `${at}.field`, field, 'not 0');
    for (const [name, shots] of [
      ['up', up],
      ['down', down],
    ] as const)
      need(shots.length >= LEAST_SHOTS, `${at}.${name}`, shots.length, LEAST_SHOTS);
    const [above, below] = [up, down].map((shots) =>
      moments(shots.flatMap((shot) => displacement(shot, site, sites, 0, lag) ?? [])),
    );
    need(above!.count >= LEAST_SHOTS && below!.count >= LEAST_SHOTS, at, 'lost', LEAST_SHOTS);
    const { squares, blocks } = squaresOf(driven, site, sites, lag);
    need(blocks.length >= LEAST_SHOTS, 'driven', blocks.length, `${LEAST_SHOTS} blocks`);
    return {
      site,
      squares,
      blocks,
      response: (above!.mean - below!.mean) / field,
      responseSem: Math.hypot(above!.sem, below!.sem) / Math.abs(field),
    };
  });
}

/** y(s + lag) − y(s) of a site; null where either was lost. @throws RelaxdError `wrong-size` */
function displacement(
  shot: Float64Array,
  site: number,
  sites: number,
  s: number,
  lag: number,
): number | null {
  const value = shot[(s + lag) * sites + site]! - shot[s * sites + site]!;
  if (Number.isFinite(value)) return value;
  if (shot.length % sites === 0 && shot.length > lag * sites) return null;
  throw new RelaxdError('wrong-size', `a shot of ${shot.length} numbers`, {
    path: 'shots',
    value: shot.length,
    limit: `samples of ${sites} sites, more than ${lag} of them`,
  });
}

function squaresOf(
  driven: readonly Float64Array[],
  site: number,
  sites: number,
  lag: number,
): { readonly squares: number; readonly blocks: Float64Array } {
  const pieces = driven.length >= BLOCKS ? 1 : Math.ceil(BLOCKS / driven.length);
  const blocks: number[] = [];
  let sum = 0;
  let count = 0;
  for (const shot of driven) {
    const starts = Math.max(1, Math.floor(shot.length / sites) - lag);
    for (let piece = 0; piece < pieces; piece++) {
      const from = Math.floor((starts * piece) / pieces);
      const to = Math.floor((starts * (piece + 1)) / pieces);
      let [squares, seen] = [0, 0];
      for (let s = from; s < to; s++) {
        const moved = displacement(shot, site, sites, s, lag);
        if (moved === null) continue;
        squares += moved * moved;
        seen++;
      }
      sum += squares;
      count += seen;
      blocks.push(seen > 0 ? squares / seen : NaN);
    }
  }
  return { squares: sum / count, blocks: Float64Array.from(blocks) };
}
