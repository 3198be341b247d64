import * as Plot from '@observablehq/plot';
import { step, triangle, type DriveSummary } from '../../drive/index.js';
import { measured, theory } from '../figure.js';
import type { Quantity } from '../quantity.js';
import type { Reproduction } from '../reproduction.js';
import { besideTheory, idealDrive, kept, measureDrive, ORDERS, OVERLAP_THEORY } from './driven.js';

const SITES = 2000;
const ACCURACY = 0.8;
const TEMPERATURE = 0.3;
const HEIGHT = 0.6;
const DURATIONS = [1, 2, 3, 5, 10, 20, 40];
/** Of the panel on accuracy: below the spinodal of order 4, .4958. */
const TEMPERATURES = [0.15, 0.2, 0.25, 0.3, 0.35, 0.4];
/**
 * Of order 2 the paramagnet is unstable: chance, 1/√N at the start, grows as exp((1/T − 1) t), and in slower drives than this some shots have
 * chosen another memory before the cue is strong.
 */
const BEFORE_CHANCE = 5;
const HOLD = 2;
const RELAX = 15;
/** At a threshold shots of N sites succeed in part; N → ∞ has no such drives, and they are not compared. Only those that succeed are drawn. */
const isDecided = ({ success }: DriveSummary): boolean =>
  success.mean! < 0.02 || success.mean! > 0.98;
/** Share of wrong sites at the end. */
const wrong = (overlap: number): number => (1 - overlap) / 2;
const log = Math.log10;

/** What retrieval costs in entropy, against its speed and its accuracy. */
export const tradeOff: Reproduction = {
  name: 'trade-off',
  title: 'Entropy production against speed and accuracy of a driven retrieval',
  about:
    'Dense memories of order 2, 3 and 4 driven from the paramagnet by a cue of accuracy 0.8: total entropy production against the duration of a triangular drive, and against the share of wrong sites that the temperature leaves, simulated on 2000 spins and in the exact low-load theory.',
  async measure({ quick, seed, device, signal, progress }) {
    const glauber = device('glauber');
    const shots = quick ? 20 : 200;
    const durations = quick ? [2, 10, 40] : DURATIONS;
    const temperatures = quick ? [0.2, 0.3] : TEMPERATURES;
    const total = ORDERS.length * (durations.length + temperatures.length);
    let done = 0;
    const drive = async (
      order: number,
      temperature: number,
      points: ReturnType<typeof step>,
    ): Promise<DriveSummary> => {
      const found = await measureDrive(
        glauber,
        {
          sites: SITES,
          accuracy: ACCURACY,
          order,
          temperature,
          points,
          relax: RELAX,
          shots,
          seed: seed + done,
        },
        signal,
      );
      progress(++done / total);
      return found;
    };
    const speed: { order: number; duration: number; drive: DriveSummary }[] = [];
    const accuracy: { order: number; temperature: number; drive: DriveSummary }[] = [];
    for (const { order } of ORDERS) {
      for (const duration of durations) {
        speed.push({
          order,
          duration,
          drive: await drive(order, TEMPERATURE, triangle(HEIGHT, duration)),
        });
      }
      for (const temperature of temperatures) {
        accuracy.push({
          order,
          temperature,
          drive: await drive(order, temperature, step(HEIGHT, HOLD)),
        });
      }
    }
    const grid = Array.from({ length: 45 }, (_, k) => 10 ** (log(0.8) + (k * log(60)) / 44));
    const warm = Array.from({ length: 40 }, (_, k) => 0.14 + (k * 0.28) / 39);
    const speedCurves = ORDERS.map(({ order }) => ({
      order,
      points: grid.flatMap((duration) => {
        const { entropyProduction, success } = idealDrive(
          { order, temperature: TEMPERATURE, accuracy: ACCURACY },
          triangle(HEIGHT, duration),
          RELAX,
        );
        return success === 1 ? [{ x: log(duration), y: entropyProduction }] : [];
      }),
    }));
    const accuracyCurves = ORDERS.map(({ order }) => ({
      order,
      points: warm.flatMap((temperature) => {
        const { entropyProduction, overlap, success } = idealDrive(
          { order, temperature, accuracy: ACCURACY },
          step(HEIGHT, HOLD),
          RELAX,
        );
        return success === 1 ? [{ x: log(wrong(overlap)), y: entropyProduction }] : [];
      }),
    }));
    const quantities: Quantity[] = [
      ...speed
        .filter(({ order, duration }) => order > 2 || duration <= BEFORE_CHANCE)
        .filter(({ drive }) => isDecided(drive))
        .map(({ order, duration, drive: { entropyProduction } }) =>
          besideTheory(
            `n = ${order}, triangle of ${duration}: Σ/N (nats)`,
            entropyProduction,
            SITES,
            6,
          ),
        ),
      ...accuracy
        .filter(({ drive }) => isDecided(drive))
        .flatMap(({ order, temperature, drive: { entropyProduction, overlap } }) => [
          besideTheory(`n = ${order}, T = ${temperature}: Σ/N (nats)`, entropyProduction, SITES, 6),
          besideTheory(`n = ${order}, T = ${temperature}: overlap at the end`, overlap, SITES),
        ]),
    ];
    return {
      quantities,
      data: {
        sites: SITES,
        shots,
        accuracy: ACCURACY,
        temperature: TEMPERATURE,
        height: HEIGHT,
        speed: speed.map(({ order, duration, drive: d }) => ({
          order,
          duration,
          success: kept(d.success),
          work: kept(d.work),
          entropyProduction: kept(d.entropyProduction),
        })),
        accuracyRows: accuracy.map(({ order, temperature, drive: d }) => ({
          order,
          temperature,
          success: kept(d.success),
          overlap: kept(d.overlap),
          entropyProduction: kept(d.entropyProduction),
        })),
        theory: { speed: speedCurves, accuracy: accuracyCurves },
      },
      figure: {
        title: 'Slower drives cost less entropy; fewer wrong sites cost more',
        subtitle: `Retrieval from the paramagnet by a cue of accuracy ${ACCURACY} and strength ${HEIGHT}, orders n = 2, 3, 4: simulation (points) and exact low-load theory (lines)`,
        legend: ORDERS.map(({ order, color }) => ({
          label: `n = ${order}`,
          color,
          mark: 'dot' as const,
        })),
        panels: [
          {
            title: `speed: triangular drive at T = ${TEMPERATURE}`,
            plot: {
              x: {
                label: 'duration of the drive (sweeps)',
                domain: [log(0.75), log(52)],
                ticks: [1, 2, 5, 10, 20, 40].map(log),
                tickFormat: (d: number) => String(Math.round(10 ** d)),
              },
              y: { label: 'entropy production Σ/N (nats)', grid: true },
              marks: ORDERS.flatMap(({ order, color }) => [
                theory(speedCurves.find((c) => c.order === order)!.points, color),
                ...measured(
                  speed
                    .filter((r) => r.order === order && r.drive.success.mean! > 0.98)
                    .map((r) => ({
                      x: log(r.duration),
                      y: r.drive.entropyProduction.mean!,
                      error: r.drive.entropyProduction.sem!,
                    })),
                  color,
                ),
              ]),
            },
          },
          {
            title: `accuracy: step of ${HOLD} sweeps at T = 0.15 … 0.4`,
            plot: {
              x: {
                label: 'share of wrong sites at the end',
                domain: [log(8e-7), log(0.05)],
                ticks: [1e-6, 1e-5, 1e-4, 1e-3, 1e-2].map(log),
                tickFormat: (d: number) => `10${superscript(Math.round(d))}`,
              },
              y: { label: 'entropy production Σ/N (nats)', grid: true },
              marks: ORDERS.flatMap(({ order, color }) => {
                const drawn = accuracy
                  .filter(
                    (r) =>
                      r.order === order &&
                      r.drive.success.mean! > 0.98 &&
                      wrong(r.drive.overlap.mean!) > 0,
                  )
                  .map(({ drive: { overlap, entropyProduction } }) => {
                    const share = wrong(overlap.mean!);
                    const error = overlap.sem! / 2;
                    return {
                      x: log(share),
                      least: log(Math.max(share - error, share / 10)),
                      most: log(share + error),
                      y: entropyProduction.mean!,
                      error: entropyProduction.sem!,
                    };
                  });
                return [
                  theory(accuracyCurves.find((c) => c.order === order)!.points, color),
                  Plot.ruleY(drawn, {
                    y: 'y',
                    x1: 'least',
                    x2: 'most',
                    stroke: color,
                    strokeWidth: 2,
                  }),
                  ...measured(drawn, color),
                ];
              }),
            },
          },
        ],
        caption: [
          `Device glauber, N = ${SITES}, two random memories, ${shots} shots a point, ${RELAX} sweeps to relax after the release; bars: one standard error (smaller than the points where not seen). Entropy production: heat / T and the change of the spins' own entropy, in which populations ξ¹ = ±ξ², cue right or wrong, are told apart.`,
          `Lines: ${OVERLAP_THEORY}. Slow drives of n = 2 lie above their line: its paramagnet is unstable, and by chance some shots of ${SITES} spins are in another memory, or in a mirror image, before the cue is strong enough; N → ∞ knows no chance. Drawn are drives that at least 98 % of the shots succeed in.`,
        ],
      },
    };
  },
};

const superscript = (power: number): string =>
  String(power).replace(/./g, (c) => (c === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(c)]!));
