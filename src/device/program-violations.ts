import { firstNotFinite, shownValue, type Violation } from '../core/index.js';
import { hiddenMask } from './hidden-sites.js';
import { hiddenSiteViolations } from './hidden-violations.js';
import { siteSpecs, uniformSiteKind, type Curve, type Program } from './program.js';

/** What a program says against itself, device apart. Compiled programs are checked with it too. */
export function programViolations(program: Program): Violation[] {
  const found: Violation[] = [];
  const N = program.sites;
  /** Patterns leave hidden sites out: what they list there is not looked at. */
  const hidden = hiddenMask(program);
  const size = (path: string, length: number, wanted: number, what: string): boolean => {
    if (length === wanted) return true;
    found.push({
      code: 'wrong-size',
      path,
      message: `has ${length} entries, expected ${wanted} (${what})`,
      value: length,
      limit: wanted,
    });
    return false;
  };
  const bad = (path: string, message: string, value: unknown, limit: unknown): void => {
    found.push({ code: 'invalid-input', path, message, value: shownValue(value), limit });
  };
  const finite = (path: string, values: Float64Array): void => {
    const at = firstNotFinite(values);
    if (at < 0) return;
    found.push({
      code: 'not-finite',
      path: `${path}[${at}]`,
      message: 'is not a finite number',
      value: String(values[at]),
      limit: 'finite',
    });
  };
  const spinPattern = (path: string, pattern: Int8Array, length = N): void => {
    if (!size(path, pattern.length, length, 'one value a site')) return;
    const at = pattern.findIndex((v, i) => v !== 1 && v !== -1 && hidden?.[i] !== 1);
    if (at >= 0) {
      found.push({
        code: 'pattern-values',
        path: `${path}[${at}]`,
        message: 'is neither −1 nor +1',
        limit: [-1, 1],
      });
    }
  };
  const vector = (path: string, values: Float64Array): void => {
    if (size(path, values.length, N, 'one value a site')) finite(path, values);
  };
  const curve = (path: string, points: Curve, least = -Infinity): void => {
    finite(path, points);
    for (let k = 0; k < points.length / 2; k++) {
      if (k > 0 && points[2 * k]! < points[2 * k - 2]!) {
        bad(
          `${path}[${k}][0]`,
          `time goes back to ${points[2 * k]}`,
          points[2 * k],
          `≥ ${points[2 * k - 2]}`,
        );
      }
      if (points[2 * k]! < 0)
        bad(`${path}[${k}][0]`, `time ${points[2 * k]} is negative`, points[2 * k], '≥ 0');
      if (points[2 * k + 1]! < least) {
        bad(
          `${path}[${k}][1]`,
          `${points[2 * k + 1]} is below ${least}`,
          points[2 * k + 1],
          `≥ ${least}`,
        );
      }
    }
  };

  const ising = uniformSiteKind(program);
  const specs = typeof program.siteKinds === 'string' ? null : siteSpecs(program);
  if (typeof program.siteKinds !== 'string') {
    if (!size('siteKinds', program.siteKinds.length, N, 'one a site')) return found;
    found.push(...hiddenSiteViolations(program));
  }
  const isSpin = (i: number): boolean => specs === null || specs[i]?.kind === 'ising';
  checkCouplings(program, { size, bad, finite, spinPattern, found });
  program.references.forEach((p, k) => {
    if (program.couplings.kind !== 'memories' || p !== program.couplings.patterns[k]) {
      spinPattern(`references[${k}]`, p);
    }
  });
  vector('fields', program.fields);
  if (program.wells !== null) {
    vector('wells.quadratic', program.wells.quadratic);
    vector('wells.quartic', program.wells.quartic);
    const at = program.wells.quartic.findIndex((v) => v < 0);
    if (at >= 0)
      bad(
        `wells.quartic[${at}]`,
        `${program.wells.quartic[at]} is negative: the site would escape`,
        program.wells.quartic[at],
        '≥ 0',
      );
    if (ising === 'ising') bad('wells', 'wells belong to continuous sites', 'ising', 'continuous');
    else if (ising === null) {
      for (const name of ['quadratic', 'quartic'] as const) {
        const spin = program.wells[name].findIndex((v, i) => v !== 0 && isSpin(i));
        if (spin >= 0) {
          bad(`wells.${name}[${spin}]`, 'is a well of a ±1 site', program.wells[name][spin], 0);
        }
      }
    }
  }
  const seen = new Set<number>();
  program.clamped.forEach((site, k) => {
    if (site >= N) bad(`clamped[${k}]`, noSite(site, N), site, [0, N - 1]);
    if (seen.has(site)) bad(`clamped[${k}]`, `names site ${site} twice`, site, 'each site once');
    seen.add(site);
  });
  if (program.inputs.length > 0 && program.clamped.length === 0) {
    bad('inputs', 'there are no clamped sites to hold them', program.inputs.length, 0);
  }
  if (program.inputs.length > 1)
    size('inputs', program.inputs.length, program.shots, 'one row a shot');
  const rows = program.clamped.length > 0 ? program.inputs : [];
  rows.forEach((row, k) => {
    if (size(`inputs[${k}]`, row.length, program.clamped.length, 'one value a clamped site')) {
      finite(`inputs[${k}]`, row);
      const spins = ising === 'ising' || (hidden !== null && [...program.clamped].every(isSpin));
      if (spins && !row.every((v) => v === 1 || v === -1)) {
        bad(`inputs[${k}]`, 'a clamped spin is held at −1 or +1', row, [-1, 1]);
      }
    }
  });
  const { temperature } = program.dynamics;
  if (temperature instanceof Float64Array) {
    vector('dynamics.temperature', temperature);
    const at = temperature.findIndex((t) => t < 0);
    if (at >= 0)
      bad(`dynamics.temperature[${at}]`, `${temperature[at]} is negative`, temperature[at], '≥ 0');
  }
  const { initial } = program;
  if (initial.kind === 'corrupted') {
    spinPattern('initial.values', initial.values);
    const visible = hidden === null ? N : hidden.reduce((sum, h) => sum - h, N);
    if (initial.flips > visible)
      bad(
        'initial.flips',
        `${initial.flips} flips are more than the ${visible} sites there are`,
        initial.flips,
        [0, visible],
      );
  } else if (initial.kind === 'pattern') {
    vector('initial.values', initial.values);
    if (ising === 'ising' || hidden !== null) {
      const at = initial.values.findIndex(
        (v, i) => v !== 1 && v !== -1 && isSpin(i) && hidden?.[i] !== 1,
      );
      if (at >= 0 && at < N) {
        bad(`initial.values[${at}]`, 'a spin starts at −1 or +1', initial.values[at], [-1, 1]);
      }
    }
  } else if (initial.kind === 'zero' && (ising === 'ising' || hidden !== null)) {
    bad('initial.kind', 'a spin cannot start at zero', 'zero', [
      'pattern',
      'corrupted',
      'random',
      'equilibrium',
    ]);
  }
  program.drives.forEach((drive, k) => {
    vector(`drives[${k}].pattern`, drive.pattern);
    curve(`drives[${k}].amplitude`, drive.amplitude);
  });
  for (const [name, points] of Object.entries(program.controls)) {
    curve(`controls.${name}`, points, name === 'temperature' || name === 'pump' ? 0 : -Infinity);
  }
  if (new Set(program.readout.channels).size !== program.readout.channels.length) {
    bad('readout.channels', 'names a channel twice', program.readout.channels, 'each once');
  }
  const readouts = program.readout.every === null ? 50 : program.duration / program.readout.every;
  if (readouts * program.shots > 1e9) {
    bad(
      'readout.every',
      `would make ${Math.ceil(readouts)} readouts a shot for ${program.shots} shots`,
      program.readout.every,
      'at most 1e9 rows a run',
    );
  }
  return found;
}

const noSite = (site: number, sites: number): string => `${site} is no site of 0 … ${sites - 1}`;

interface Checks {
  readonly size: (path: string, length: number, wanted: number, what: string) => boolean;
  readonly bad: (path: string, message: string, value: unknown, limit: unknown) => void;
  readonly finite: (path: string, values: Float64Array) => void;
  readonly spinPattern: (path: string, pattern: Int8Array, length?: number) => void;
  found: Violation[];
}

function checkCouplings(program: Program, checks: Checks): void {
  const { couplings, sites: N } = program;
  const { size, bad, finite, spinPattern } = checks;
  const diagonalMatters = uniformSiteKind(program) === 'ising';
  switch (couplings.kind) {
    case 'dense':
      if (!size('couplings.data', couplings.data.length, N * N, `${N} × ${N}, row-major`)) return;
      finite('couplings.data', couplings.data);
      for (let i = 0; diagonalMatters && i < N; i++) {
        const J = couplings.data[i * N + i]!;
        if (J !== 0) {
          bad(
            `couplings.data[${i * N + i}]`,
            `diagonal entry J(${i},${i}) of ±1 sites is not zero`,
            J,
            0,
          );
          break;
        }
      }
      return;
    case 'coo': {
      finite('couplings.entries', couplings.entries);
      const seen = new Set<number>();
      for (let k = 0; k < couplings.entries.length / 3; k++) {
        const [i, j] = couplings.entries.subarray(3 * k, 3 * k + 2) as unknown as [number, number];
        const path = `couplings.entries[${k}]`;
        const inside = (s: number): boolean => Number.isInteger(s) && s >= 0 && s < N;
        if (!inside(i) || !inside(j))
          bad(path, noSite(inside(i) ? j : i, N), `${i}, ${j}`, [0, N - 1]);
        else if (i === j) bad(path, `couples site ${i} to itself`, i, 'i ≠ j');
        else if (seen.has(Math.min(i, j) * N + Math.max(i, j))) {
          bad(path, `names the pair ${i}, ${j} twice`, `${i}, ${j}`, 'each pair once');
        } else seen.add(Math.min(i, j) * N + Math.max(i, j));
      }
      return;
    }
    case 'memories': {
      const P = couplings.patterns.length;
      couplings.patterns.forEach((p, m) => spinPattern(`couplings.patterns[${m}]`, p));
      if (couplings.weights !== null) {
        if (
          couplings.interaction.kind !== 'polynomial' ||
          couplings.interaction.degree !== 2 ||
          couplings.interaction.rectified
        ) {
          bad(
            'couplings.weights',
            'weights belong to degree 2 only',
            couplings.interaction,
            'polynomial, degree 2',
          );
        }
        if (size('couplings.weights', couplings.weights.length, P * P, `${P} × ${P}`)) {
          finite('couplings.weights', couplings.weights);
          for (let m = 0; m < P; m++) {
            for (let n = 0; n < m; n++) {
              const [a, b] = [couplings.weights[m * P + n]!, couplings.weights[n * P + m]!];
              if (a !== b) {
                bad(`couplings.weights[${m}][${n}]`, 'is not symmetric', a, b);
                return;
              }
            }
          }
        }
      }
      if (
        couplings.next !== null &&
        size('couplings.next', couplings.next.length, P, 'one a memory')
      ) {
        const at = couplings.next.findIndex((m) => m >= P);
        if (at >= 0)
          bad(`couplings.next[${at}]`, 'names no memory', couplings.next[at], [0, P - 1]);
        if (couplings.interaction.kind !== 'polynomial') {
          bad(
            'couplings.next',
            'sequences have a polynomial interaction',
            couplings.interaction.kind,
            'polynomial',
          );
        }
      }
      return;
    }
    case 'positions':
      size('couplings.xy', couplings.xy.length / 2, N, 'one position a site');
      finite('couplings.xy', couplings.xy);
      return;
  }
}
