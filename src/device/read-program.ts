import {
  checkDocument,
  isTypedList,
  NotThisJson,
  parseWithLists,
  RelaxdError,
  throwViolations,
  type ListStore,
  type TypedList,
  type Type,
} from '../core/index.js';
import { readSite } from './hidden-sites.js';
import { PROGRAM_SCHEMA } from './program-document.js';
import { programViolations } from './program-violations.js';
import type {
  Couplings,
  Curve,
  Dynamics,
  Initial,
  Program,
  SiteKind,
  SiteSpec,
} from './program.js';

/** The document's type once nulls, which mean "left out", are gone. */
type ProgramDocument = Type.Static<typeof PROGRAM_SCHEMA>;

/**
 * Reads a program document: its schema first, then that it does not contradict itself (sizes, values, times).
 *
 * @throws RelaxdError with every violation (path, value, limit): `program-invalid`, or the violation's own code
 *   (`unknown-field`, `wrong-size`, `not-finite`, …) where there is only one
 */
export function readProgram(document: unknown): Program {
  throwViolations('program-invalid', 'program', checkDocument(PROGRAM_SCHEMA, document));
  const program = buildProgram(withoutNulls(document) as ProgramDocument);
  throwViolations('program-invalid', 'program', programViolations(program));
  return program;
}

/**
 * Reads a program from its bytes, a piece at a time, so that a large one is in memory once: its long lists are read to typed
 * arrays, the longest ones into a store.
 * @param pieces gives the pieces, from the start each time it is called
 * @throws RelaxdError `invalid-json`, and as {@link readProgram}
 */
export function parseProgramPieces(pieces: () => Iterable<Uint8Array>, store: ListStore): Program {
  try {
    return readProgram(parseWithLists(pieces(), store));
  } catch (error) {
    if (!(error instanceof NotThisJson)) throw error;
    const whole: Uint8Array[] = [];
    for (const piece of pieces()) whole.push(piece.slice());
    return parseProgram(Buffer.concat(whole).toString('utf8'));
  }
}

/** Reads a program from JSON text. @throws RelaxdError `invalid-json`, and as {@link readProgram} */
export function parseProgram(text: string): Program {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new RelaxdError('invalid-json', `program: ${(error as Error).message}`, {
      hint: 'a program is one JSON document; NaN and Infinity are not JSON',
    });
  }
  return readProgram(document);
}

/** Drops null members of objects; lists of numbers, which may be long, are kept as they are. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) {
    return typeof value[0] === 'object' ? value.map(withoutNulls) : value;
  }
  if (typeof value !== 'object' || value === null || isTypedList(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null && member !== undefined)
      .map(([key, member]) => [key, withoutNulls(member)]),
  );
}

/** Int8Array would fold 257 into 1: what is no spin becomes a visible 0, which the checks refuse. */
const asSpins = (list: readonly number[] | TypedList): Int8Array =>
  list instanceof Int8Array
    ? list
    : Int8Array.from(list as ArrayLike<number>, (v) => (v === 1 || v === -1 ? v : 0));
/** A large list may have been read as a typed array already; it is not copied then. */
const asNumbers = (list: readonly number[] | TypedList): Float64Array =>
  list instanceof Float64Array ? list : Float64Array.from(list as ArrayLike<number>);

const asCurve = (points: readonly (readonly number[])[]): Curve => Float64Array.from(points.flat());

function buildProgram(doc: ProgramDocument): Program {
  const { sites } = doc;
  const couplings = buildCouplings(doc.couplings);
  const perSite = (
    value: number | readonly number[] | undefined,
    fallback: number,
  ): Float64Array =>
    typeof value === 'object'
      ? Float64Array.from(value)
      : new Float64Array(sites).fill(value ?? fallback);
  const siteKinds = buildSiteKinds(doc.siteKinds);
  /** One number for wells is for every site that can have one. */
  const well = (value: number | readonly number[] | undefined): Float64Array => {
    const wells = perSite(value, 0);
    if (typeof value === 'number' && typeof siteKinds !== 'string') {
      siteKinds.forEach((site, i) => {
        if (site.kind === 'ising' || site.prior === 'poisson') wells[i] = 0;
      });
    }
    return wells;
  };
  const ownReferences = couplings.kind === 'memories' ? couplings.patterns : [];
  return {
    version: 1,
    sites,
    siteKinds,
    couplings,
    references: doc.references?.map(asSpins) ?? ownReferences,
    fields: perSite(doc.fields, 0),
    wells:
      doc.wells === undefined
        ? null
        : {
            quadratic: well(doc.wells.quadratic),
            quartic: well(doc.wells.quartic),
          },
    clamped: Int32Array.from(doc.clamped ?? []),
    inputs: (doc.inputs ?? []).map((row) => Float64Array.from(row)),
    dynamics: buildDynamics(doc.dynamics ?? {}),
    initial: buildInitial(doc.initial),
    drives: (doc.drives ?? []).map((drive) => ({
      pattern: Float64Array.from(drive.pattern),
      amplitude: asCurve(drive.amplitude),
    })),
    controls: Object.fromEntries(
      Object.entries(doc.controls ?? {}).map(([name, curve]) => [name, asCurve(curve)]),
    ),
    duration: doc.duration,
    readout: {
      every: doc.readout?.every ?? null,
      channels: doc.readout?.channels ?? ['energy', 'overlaps'],
    },
    shots: doc.shots ?? 1,
    seed: doc.seed ?? null,
    ...(doc.calibration === undefined ? {} : { calibration: doc.calibration }),
  };
}

/** Rows one after another; a long row may be a typed array, which Array's flat would leave whole. */
function flat(rows: readonly (readonly number[])[]): Float64Array {
  const all = new Float64Array(rows.reduce((sum, row) => sum + row.length, 0));
  let at = 0;
  for (const row of rows) {
    all.set(row, at);
    at += row.length;
  }
  return all;
}

function buildSiteKinds(value: ProgramDocument['siteKinds']): SiteKind | SiteSpec[] {
  if (value === undefined) return 'ising';
  if (typeof value === 'string') return value;
  return value.map((site) => readSite(site.kind, site.hidden ?? false, site.prior ?? null));
}

function buildCouplings(doc: ProgramDocument['couplings']): Couplings {
  switch (doc.kind) {
    case 'dense':
      return { kind: 'dense', data: asNumbers(doc.data) };
    case 'coo':
      return { kind: 'coo', entries: Float64Array.from(doc.entries.flat()) };
    case 'memories': {
      const interaction = doc.interaction ?? { kind: 'polynomial', degree: 2 };
      return {
        kind: 'memories',
        patterns: doc.patterns.map(asSpins),
        weights: doc.weights === undefined ? null : flat(doc.weights),
        next: doc.next === undefined ? null : Int32Array.from(doc.next),
        interaction:
          interaction.kind === 'polynomial'
            ? { ...interaction, rectified: interaction.rectified ?? false }
            : interaction,
      };
    }
    case 'positions':
      return {
        kind: 'positions',
        geometry: doc.geometry,
        xy: Float64Array.from(doc.xy.flat()),
        waist: doc.waist ?? 1,
        n0: doc.n0 ?? 0,
        cloudSigma: doc.cloudSigma ?? 0,
        stiffness: doc.stiffness ?? null,
      };
  }
}

function buildDynamics(doc: NonNullable<ProgramDocument['dynamics']>): Dynamics {
  return {
    rule: doc.rule ?? null,
    order: doc.order ?? null,
    temperature:
      typeof doc.temperature === 'object'
        ? Float64Array.from(doc.temperature)
        : (doc.temperature ?? null),
    fidelity: doc.fidelity ?? null,
    kernel: doc.kernel ?? null,
    ties: doc.ties ?? null,
    integrator: doc.integrator ?? null,
    dt: doc.dt ?? null,
    burnIn: doc.burnIn ?? null,
    synapse: doc.synapse ?? null,
    spiking: doc.spiking ?? null,
  };
}

function buildInitial(doc: ProgramDocument['initial']): Initial {
  switch (doc?.kind) {
    case undefined:
      return { kind: 'random' };
    case 'pattern':
      return { kind: 'pattern', values: Float64Array.from(doc.values) };
    case 'corrupted':
      return { kind: 'corrupted', values: asSpins(doc.values), flips: doc.flips };
    case 'random':
    case 'zero':
    case 'equilibrium':
      return doc;
  }
}
