import { RelaxdError } from '../../core/index.js';

/** What a program has set of a board, in program units. */
export interface CircuitSetting {
  readonly sites: number;
  readonly quadratic: Float64Array;
  /** Linear wells where it is left out, or 0. */
  readonly quartic?: Float64Array;
  /** Flat list i, j, J; each pair once. */
  readonly couplings: Float64Array;
  readonly fields: Float64Array;
  /** Of the bath, or one a site. */
  readonly temperature: number | Float64Array;
  /** A(t) of each, linear between the samples that the data are taken at. */
  readonly drives: readonly { readonly index: number; readonly pattern: Float64Array }[];
}

/** Whether some node's well is not linear. */
export const isQuartic = ({ quartic }: Pick<CircuitSetting, 'quartic'>): boolean =>
  quartic?.some((r) => r !== 0) === true;

/** @param path where the setting was given. @throws RelaxdError `invalid-input` for what is only known of linear wells */
export function requireLinear(setting: CircuitSetting, path: string): void {
  if (!isQuartic(setting)) return;
  throw new RelaxdError('invalid-input', 'mean heat is known of linear wells only', {
    path: `${path}.quartic`,
    value: Math.max(...setting.quartic!),
    limit: 0,
    hint: 'a twin job compares heat in quartic wells',
  });
}

/** Groups of sites that couplings join, each in rising order: what one group does says nothing about the others. */
export function coupledGroups({ sites, couplings }: CircuitSetting): number[][] {
  const root = Int32Array.from({ length: sites }, (_, i) => i);
  const find = (i: number): number => {
    while (root[i] !== i) i = root[i] = root[root[i]!]!;
    return i;
  };
  for (let k = 0; k < couplings.length; k += 3) {
    if (couplings[k + 2] === 0) continue;
    root[find(couplings[k]!)] = find(couplings[k + 1]!);
  }
  const groups = new Map<number, number[]>();
  for (let i = 0; i < sites; i++) {
    const at = find(i);
    const group = groups.get(at);
    if (group === undefined) groups.set(at, [i]);
    else group.push(i);
  }
  return [...groups.values()];
}
