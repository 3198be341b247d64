import * as Plot from '@observablehq/plot';
import {
  driveOnDevice,
  measureMinimum,
  modelOf,
  prepareDrive,
  randomMemories,
  step,
  theoreticalMinimum,
  type DriveRequest,
  type DriveSummary,
  type MinimalDrive,
} from '../../drive/index.js';
import { denseRetrievalOverlap, spinEntropy } from '../../model/index.js';
import { COLORS, measured, theory } from '../figure.js';
import { quantity, type Quantity } from '../quantity.js';
import type { Reproduction } from '../reproduction.js';
import { besideTheory, idealDrive, kept, ORDERS, OVERLAP_THEORY } from './driven.js';

const SITES = 2000;
const TEMPERATURE = 0.3;
const ACCURACY = 0.8;
const HOLD = 5;
const RELAX = 30;
/** Heights of the step over the least one that switches. */
const HEIGHTS = [1.1, 1.2, 1.35, 1.6, 2, 2.6];

/** From one memory into another: how long it takes, what it costs, and the least field that does it. */
export const transitionTime: Reproduction = {
  name: 'transition-time',
  title: 'From one memory into another: the least field, and the time',
  about:
    'A step of a corrupted cue takes 2000 spins from equilibrium at one memory into another, orders 2, 3 and 4: time at which the target overtakes the other memory and entropy production against the field, and the least field measured by bisection, beside the exact low-load theory.',
  async measure({ quick, seed, device, signal, progress }) {
    const glauber = device('glauber');
    const shots = quick ? 20 : 200;
    const trialShots = quick ? 12 : 60;
    const heights = quick ? [1.2, 2] : HEIGHTS;
    const total = ORDERS.length * (heights.length + 10);
    let done = 0;
    const request = (order: number, height: number, count: number, at: number): DriveRequest => ({
      memories: randomMemories(2, SITES, seed),
      order,
      temperature: TEMPERATURE,
      from: { memory: 1 },
      cue: { memory: 0, accuracy: ACCURACY },
      protocol: step(height, HOLD).map(([t, h]) => [t, h]),
      relax: RELAX,
      shots: count,
      seed: at,
    });
    const run = async (wanted: DriveRequest): Promise<DriveSummary> => {
      const { observed } = await driveOnDevice(glauber, wanted, { signal });
      progress(Math.min(1, ++done / total));
      return observed.drive;
    };
    const minima: { order: number; minimum: MinimalDrive }[] = [];
    const rows: { order: number; height: number; drive: DriveSummary }[] = [];
    for (const { order } of ORDERS) {
      // One cue for all runs of an order: the least field is that of this cue's populations.
      const own = seed + 1000 * order;
      const descriptor = await glauber.describe(signal);
      const model = modelOf(prepareDrive(request(order, 1, 1, own), descriptor));
      const least = theoreticalMinimum(model, HOLD, RELAX)!;
      const minimum = await measureMinimum(async (height, number) => {
        const { success, ended } = await run(request(order, height, trialShots, own + number));
        return { succeeded: Math.round(success.mean! * ended), shots: ended };
      }, least);
      minima.push({ order, minimum });
      for (const [k, over] of heights.entries()) {
        const height = over * least;
        rows.push({
          order,
          height,
          drive: await run(request(order, height, shots, own + 100 + k)),
        });
      }
    }
    const m = ORDERS.map(({ order }) => denseRetrievalOverlap(order, TEMPERATURE));
    const curves = ORDERS.map(({ order }, k) => {
      const least = minima[k]!.minimum.theory!;
      const grid = Array.from({ length: 40 }, (_, j) => least * (1.005 + 1.75 * (j / 39) ** 1.6));
      return {
        order,
        least,
        points: grid.map((height) => {
          const found = idealDrive(
            {
              order,
              temperature: TEMPERATURE,
              accuracy: ACCURACY,
              initial: [m[k]!, m[k]!, -m[k]!, -m[k]!],
              entropy: spinEntropy(m[k]!),
            },
            step(height, HOLD),
            RELAX,
          );
          return {
            height,
            time: found.transitionTime,
            entropyProduction: found.entropyProduction,
          };
        }),
      };
    });
    const quantities: Quantity[] = [
      ...minima.map(({ order, minimum }) =>
        quantity({
          name: `n = ${order}: least field that switches within ${HOLD} sweeps`,
          value: minimum.measured.field,
          standardError: minimum.measured.standardError,
          expected: minimum.theory,
          tolerance: 4 * minimum.measured.standardError + 0.01 * minimum.theory!,
          class: 'exact',
          source: `${OVERLAP_THEORY}; measured as the field at which half of the shots switch; tolerance 4 standard errors and 1 % (each run draws a cue of its own)`,
        }),
      ),
      ...rows.flatMap(({ order, height, drive }) => [
        besideTheory(
          `n = ${order}, h = ${height.toFixed(3)}: time of the transition (sweeps)`,
          drive.transitionTime,
          SITES,
          12,
        ),
        besideTheory(
          `n = ${order}, h = ${height.toFixed(3)}: Σ/N (nats)`,
          drive.entropyProduction,
          SITES,
          6,
        ),
      ]),
    ];
    const leastMarks = minima.flatMap(({ order, minimum }) => {
      const { color } = ORDERS.find((o) => o.order === order)!;
      return [
        Plot.ruleX([minimum.measured.field], {
          stroke: color,
          strokeDasharray: '3 4',
          strokeWidth: 1.5,
        }),
      ];
    });
    return {
      quantities,
      data: {
        sites: SITES,
        shots,
        temperature: TEMPERATURE,
        accuracy: ACCURACY,
        hold: HOLD,
        relax: RELAX,
        minima,
        rows: rows.map(({ order, height, drive: d }) => ({
          order,
          height,
          success: kept(d.success),
          transitionTime: kept(d.transitionTime),
          work: kept(d.work),
          entropyProduction: kept(d.entropyProduction),
        })),
        theory: curves,
      },
      figure: {
        title: 'A stronger cue switches memories sooner, and wastes more',
        subtitle: `From equilibrium at one memory into another by a step of ${HOLD} sweeps, cue accuracy ${ACCURACY}, T = ${TEMPERATURE}: simulation (points) and exact low-load theory (lines)`,
        legend: [
          ...ORDERS.map(({ order, color }) => ({
            label: `n = ${order}`,
            color,
            mark: 'dot' as const,
          })),
          {
            label: 'least field, measured',
            color: COLORS.grey,
            mark: 'dashed' as const,
            dash: '3 4',
          },
        ],
        panels: [
          {
            title: 'time of the transition',
            plot: {
              x: { label: 'field h of the cue' },
              y: { label: 'sweeps until the target leads', grid: true },
              marks: [
                ...leastMarks,
                ...ORDERS.flatMap(({ order, color }, k) => [
                  theory(
                    curves[k]!.points.flatMap((p) =>
                      p.time === null ? [] : [{ x: p.height, y: p.time }],
                    ),
                    color,
                  ),
                  ...measured(
                    rows
                      .filter((r) => r.order === order && r.drive.transitionTime.mean !== null)
                      .map((r) => ({
                        x: r.height,
                        y: r.drive.transitionTime.mean!,
                        error: r.drive.transitionTime.sem ?? 0,
                      })),
                    color,
                  ),
                ]),
              ],
            },
          },
          {
            title: 'entropy production',
            plot: {
              x: { label: 'field h of the cue' },
              y: { label: 'Σ/N (nats)', grid: true },
              marks: [
                ...leastMarks,
                ...ORDERS.flatMap(({ order, color }, k) => [
                  theory(
                    curves[k]!.points.map((p) => ({ x: p.height, y: p.entropyProduction })),
                    color,
                  ),
                  ...measured(
                    rows
                      .filter((r) => r.order === order)
                      .map((r) => ({
                        x: r.height,
                        y: r.drive.entropyProduction.mean!,
                        error: r.drive.entropyProduction.sem ?? 0,
                      })),
                    color,
                  ),
                ]),
              ],
            },
          },
        ],
        caption: [
          `Device glauber, N = ${SITES}, two random memories, start with round((1 − m)/2 · N) wrong sites at m = tanh(m^(n−1)/T), ${shots} shots a point, ${RELAX} sweeps to relax; bars: one standard error. Least field: bisection over runs of ${trialShots} shots, logistic fit to the share that switches.`,
          `Lines: ${OVERLAP_THEORY}.`,
        ],
      },
    };
  },
};
