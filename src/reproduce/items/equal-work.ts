import * as Plot from '@observablehq/plot';
import {
  joinTradeOffs,
  sweepTradeOff,
  type TradeOffDocument,
  type TradeOffRow,
  type TradeOffSpec,
} from '../../drive/index.js';
import { colorOf } from '../draw-trade-off.js';
import { COLORS, measured } from '../figure.js';
import { meanOf, quantity, type Quantity } from '../quantity.js';
import type { Reproduction } from '../reproduction.js';
import { OVERLAP_THEORY } from './driven.js';

/** Sites that every device has. */
const SITES = 64;
const ACCURACY = 0.6;
/** T over the energy of a stored site: what the compiler's wells give circuits, and spins are set to. */
const TEMPERATURE = 1 / 40;
const FIELDS = [0.05, 0.1, 0.2, 0.35, 0.6, 1, 1.6];
/** Durations of the drive in each device's own unit: about as long as a free retrieval takes to leave the paramagnet. */
const DEVICES = [
  { id: 'glauber', duration: 0.5 },
  { id: 'cavity-qed', duration: 0.5 },
  { id: 'rc-langevin', duration: 0.1 },
  { id: 'board-sim', duration: 0.1 },
] as const;
const TARGET = 0.95;
/** Weaker drives are as small as the random field of the other memory, 1/√64, and mean-field theory has none of that. */
const STRONG = 0.6;

/** Devices of different physics, compared on equal work. */
export const equalWork: Reproduction = {
  name: 'equal-work',
  title: 'Four devices on equal work',
  about:
    'One of two random memories of 64 sites driven from the paramagnet by a short step of a cue of accuracy 0.6 on an ideal spin device, a cavity, an RC circuit and a simulated board, at one ratio of temperature and stored energy: overlap at the end against the work per site.',
  async measure({ quick, seed, device, signal, progress }) {
    const shots = quick ? 20 : 200;
    const nets = quick ? 2 : 6;
    const fields = quick ? FIELDS.filter((_, k) => k % 2 === 1) : FIELDS;
    const documents: TradeOffDocument[] = [];
    for (const [k, { id, duration }] of DEVICES.entries()) {
      for (let net = 0; net < nets; net++) {
        const spec: TradeOffSpec = {
          devices: [id],
          orders: [2],
          temperatures: [TEMPERATURE],
          fields,
          durations: [duration],
          memories: [2],
          sites: SITES,
          accuracy: ACCURACY,
          shape: 'step',
          shots: Math.max(2, Math.round(shots / nets)),
          seed: seed + 100 * net,
        };
        documents.push(
          await sweepTradeOff(spec, {
            device,
            version: 'reproduce',
            signal,
            progress: (fraction) => progress((k + (net + fraction) / nets) / DEVICES.length),
          }),
        );
      }
    }
    const record = joinTradeOffs(documents);
    const points = DEVICES.flatMap(({ id }, k) =>
      fields.map((field) => ({
        device: id,
        color: colorOf(k),
        field,
        ...gathered(record.rows.filter((row) => row.device === id && row.field === field)),
      })),
    );
    const refused = [...new Set(record.rows.flatMap((row) => row.refused ?? []))];
    const quantities: Quantity[] = [
      ...points
        .filter((p) => p.device === 'glauber' && p.field >= STRONG)
        .map((p) =>
          quantity({
            name: `glauber, h = ${p.field}: work per site`,
            value: p.work.mean,
            standardError: p.work.sem,
            expected: p.work.theory,
            tolerance: 4 * p.work.sem + 0.02,
            class: 'exact',
            source: `${OVERLAP_THEORY}; tolerance 4 standard errors over nets and .02 (64 sites are few)`,
          }),
        ),
      // In half a sweep of ideal spins a share of e^−½ is not tried at all, whatever the drive: they have no such limit.
      ...DEVICES.filter(({ id }) => id !== 'glauber').map(({ id }): Quantity => {
        const strongest = points.filter((p) => p.device === id).at(-1)!;
        const holds = strongest.success.mean >= TARGET - 4 * strongest.success.sem - 0.05;
        return {
          name: `${id}, h = ${strongest.field}: share of shots that end in the target`,
          value: strongest.success.mean,
          standardError: strongest.success.sem,
          expected: 1,
          tolerance: 4 * strongest.success.sem + 0.1,
          class: 'exact',
          source:
            'a strong cue of accuracy 0.6 holds every site; one of two random memories then has the whole basin of n = 2 (physics page MT §2.4)',
          holds,
        };
      }),
    ];
    const SI = points.flatMap((p) =>
      p.seconds === null || p.joules === null || p.overlap.mean < 0.5
        ? []
        : [{ x: Math.log10(p.seconds), y: Math.log10(p.joules), color: p.color }],
    );
    return {
      quantities,
      data: {
        sites: SITES,
        shots,
        nets,
        accuracy: ACCURACY,
        temperature: TEMPERATURE,
        points,
        record,
      },
      figure: {
        title: 'With little work ideal spins get furthest, with more the others do',
        subtitle: `One of two random memories in ${SITES} sites (n = 2), driven from the paramagnet by a short step of a cue of accuracy ${ACCURACY}; T is 1/40 of a stored site’s energy on every device`,
        legend: DEVICES.map(({ id }, k) => ({
          label: id,
          color: colorOf(k),
          mark: 'dot' as const,
        })),
        panels: [
          {
            title: 'accuracy for work',
            plot: {
              x: { label: 'work per site, in energies of a stored site' },
              y: { label: 'overlap at the end', grid: true, domain: [0, 1.05] },
              marks: DEVICES.flatMap(({ id }, k) =>
                measured(
                  points
                    .filter((p) => p.device === id)
                    .map((p) => ({ x: p.work.mean, y: p.overlap.mean, error: p.overlap.sem })),
                  colorOf(k),
                  true,
                ),
              ),
            },
          },
          {
            title: 'what has a value in SI',
            plot: {
              x: {
                label: 'time of the run (s)',
                domain: [-5.3, -2.5],
                ticks: [-5, -4, -3],
                tickFormat: (d: number) => `1e${d}`,
              },
              y: {
                label: 'work of 64 sites (J)',
                domain: [-19.8, -7.5],
                ticks: [-18, -15, -12, -9],
                tickFormat: (d: number) => `1e${d}`,
                grid: true,
              },
              marks: [
                Plot.dot(SI, { x: 'x', y: 'y', fill: 'color', r: 5, stroke: 'white' }),
                ...['glauber and cavity-qed have no', 'unit of energy in SI'].map((line, k) =>
                  Plot.text([line], {
                    frameAnchor: 'top-left',
                    dx: 8,
                    dy: 14 + 18 * k,
                    fill: COLORS.grey,
                  }),
                ),
              ],
            },
          },
        ],
        caption: [
          `Work per site in the energy that a stored memory gives a site (field × amplitude²): 1 on spins, λx² on circuits, where sites are continuous. Drive of ${DEVICES.map(({ id, duration }) => `${duration} on ${id}`).join(', ')}, each in its own unit of time, then a free relaxation; ${nets} nets, ${shots} shots a point; bars: one standard error over nets.`,
          ...(refused.length === 0 ? [] : [`Not done: ${refused.join('; ')}.`]),
        ],
      },
    };
  },
};

interface Gathered {
  readonly mean: number;
  readonly sem: number;
  readonly theory: number | null;
}

/** Means over nets, with the error that their scatter gives. */
function gathered(rows: readonly TradeOffRow[]) {
  const done = rows.filter((row) => row.refused == null);
  const over = (name: 'work' | 'overlap' | 'success' | 'mediumEntropy'): Gathered => {
    const values = done.map((row) => row[name]?.mean ?? NaN);
    const theories = done.flatMap((row) => row[name]?.theory ?? []);
    return { ...meanOf(values), theory: theories.length === 0 ? null : meanOf(theories).mean };
  };
  const [first] = done;
  return {
    work: over('work'),
    overlap: over('overlap'),
    success: over('success'),
    mediumEntropy: over('mediumEntropy'),
    seconds: first?.time?.seconds ?? null,
    joules:
      first?.workJ == null
        ? null
        : SITES * (done.reduce((sum, row) => sum + row.workJ!.mean, 0) / done.length),
  };
}
