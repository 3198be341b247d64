import { shownValue, type Violation } from '../core/index.js';
import { oneHotGroups } from './hidden-sites.js';
import type { Program, SiteSpec } from './program.js';

/**
 * What a program with a list of site kinds says against itself about its hidden sites. They are coupled to visible ones
 * only, which makes them independent of each other once the visible ones are given (docs/formats/program.md).
 */
export function hiddenSiteViolations(program: Program): Violation[] {
  const found: Violation[] = [];
  const bad = (path: string, message: string, value: unknown, limit: unknown): void => {
    found.push({ code: 'invalid-input', path, message, value: shownValue(value), limit });
  };
  const specs = program.siteKinds as readonly SiteSpec[];
  const unhidden = specs.findIndex((site) => !site.hidden && site.prior !== null);
  if (unhidden >= 0) {
    bad(
      `siteKinds[${unhidden}].prior`,
      'belongs to hidden sites; mark the site hidden, or leave its prior out',
      specs[unhidden]!.prior,
      null,
    );
  }
  if (!specs.some((site) => site.hidden)) return found;
  if (!specs.some((site) => !site.hidden)) {
    bad('siteKinds', 'hides every site', program.sites, `at most ${program.sites - 1} hidden`);
  }
  const { couplings, clamped, initial } = program;
  if (couplings.kind === 'dense') denseViolations(program, specs, couplings.data, bad);
  else if (couplings.kind === 'coo') {
    for (let k = 0; k < couplings.entries.length / 3; k++) {
      const [i, j] = couplings.entries.subarray(3 * k, 3 * k + 2) as unknown as [number, number];
      if (couplings.entries[3 * k + 2] === 0) continue;
      if (specs[i]?.hidden !== true || specs[j]?.hidden !== true) continue;
      bad(`couplings.entries[${k}]`, 'couples two hidden sites', `${i}, ${j}`, 'one visible end');
      break;
    }
  } else {
    bad(
      'couplings.kind',
      'acts on visible sites only; write the couplings of hidden sites as dense or coo',
      couplings.kind,
      ['dense', 'coo'],
    );
  }
  const held = clamped.findIndex((site) => specs[site]?.hidden === true);
  if (held >= 0) bad(`clamped[${held}]`, 'clamps a hidden site', clamped[held], 'visible sites');
  if (program.wells !== null) wellViolations(program, specs, bad);
  if (initial.kind === 'pattern' && initial.values.length === program.sites) {
    startViolations(program, specs, initial.values, bad);
  }
  return found;
}

type Refuse = (path: string, message: string, value: unknown, limit: unknown) => void;

function denseViolations(
  program: Program,
  specs: readonly SiteSpec[],
  data: Float64Array,
  bad: Refuse,
): void {
  const N = program.sites;
  if (data.length !== N * N) return;
  for (let i = 0; i < N; i++) {
    for (let j = 0; j <= i; j++) {
      const [J, back] = [data[i * N + j]!, data[j * N + i]!];
      const path = `couplings.data[${i * N + j}]`;
      if (J !== back) {
        bad(path, 'is asymmetric: hidden sites need an energy', J, back);
        return;
      }
      if (J !== 0 && i === j) {
        bad(path, 'couples a site to itself; a Gaussian’s own part is wells.quadratic', J, 0);
        return;
      }
      if (J !== 0 && specs[i]!.hidden && specs[j]!.hidden) {
        bad(path, `couples the hidden sites ${i} and ${j}`, J, 0);
        return;
      }
    }
  }
}

function wellViolations(program: Program, specs: readonly SiteSpec[], bad: Refuse): void {
  const { quadratic, quartic } = program.wells!;
  for (let i = 0; i < program.sites; i++) {
    const { hidden, prior } = specs[i]!;
    if (!hidden) continue;
    if (prior === 'gaussian' && !(quadratic[i]! > 0)) {
      bad(`wells.quadratic[${i}]`, 'does not hold a Gaussian hidden site', quadratic[i], '> 0');
      return;
    }
    if (prior === 'poisson' && quadratic[i] !== 0) {
      bad(`wells.quadratic[${i}]`, 'is a well of a Poisson site', quadratic[i], 0);
      return;
    }
    if (quartic[i] !== 0) {
      bad(`wells.quartic[${i}]`, 'is a quartic well of a hidden site', quartic[i], 0);
      return;
    }
  }
}

function startViolations(
  program: Program,
  specs: readonly SiteSpec[],
  values: Float64Array,
  bad: Refuse,
): void {
  specs.forEach(({ hidden, prior }, i) => {
    const v = values[i]!;
    if (!hidden) return;
    if (prior === 'binary' && v !== 1 && v !== -1) {
      bad(`initial.values[${i}]`, 'a binary hidden site starts at −1 or +1', v, [-1, 1]);
    } else if (prior === 'poisson' && !(Number.isSafeInteger(v) && v >= 0)) {
      bad(`initial.values[${i}]`, 'a Poisson site starts at 0, 1, 2 …', v, '≥ 0, whole');
    } else if (prior === 'one-hot' && v !== 0 && v !== 1) {
      bad(`initial.values[${i}]`, 'a one-hot site starts at 0 or 1', v, [0, 1]);
    }
  });
  for (const [first, count] of oneHotGroups(program)) {
    const sum = values.subarray(first, first + count).reduce((a, b) => a + b, 0);
    if (sum !== 1) {
      bad(`initial.values[${first}]`, `one of ${count} one-hot sites is 1`, sum, 'sum 1');
    }
  }
}
