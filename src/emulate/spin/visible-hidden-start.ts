import { RandomStream, RelaxdError } from '../../core/index.js';
import type { ResolvedProgram } from '../../device/index.js';
import { MOST_ENUMERATED, type StateSampler } from './gibbs-table.js';
import { drawHidden } from './hidden-unit.js';
import type { VisibleHiddenSystem } from './visible-hidden-system.js';

/**
 * Starting states of visible and hidden sites. A pattern lists them all; otherwise hidden units are drawn from their
 * law given the visible sites, as if they had been following them. The equilibrium is drawn exactly: the visible sites
 * from their marginal law, then the hidden ones.
 */
export class VisibleHiddenStart {
  /** Time of the burn-in before t = 0. */
  readonly burnIn: number;
  private readonly exact: boolean;
  private readonly values: Float64Array;
  private readonly drawn: Float64Array;
  private sampler: StateSampler | null = null;

  /**
   * @param temperatureOf a site before any control
   * @throws RelaxdError `not-enumerable` for an equilibrium that can neither be drawn nor burnt in
   */
  constructor(
    private readonly program: ResolvedProgram,
    private readonly system: VisibleHiddenSystem,
    private readonly temperatureOf: (site: number) => number,
    oneBath: boolean,
  ) {
    this.values = new Float64Array(program.sites);
    this.drawn = new Float64Array(Math.max(1, ...system.units.map(({ count }) => count)));
    const burnIn = program.dynamics.burnIn ?? 0;
    const equilibrium = program.initial.kind === 'equilibrium';
    this.exact = equilibrium && oneBath && system.free.length <= MOST_ENUMERATED;
    this.burnIn = this.exact ? 0 : burnIn;
    if (equilibrium && !this.exact && burnIn === 0) {
      throw new RelaxdError(
        'not-enumerable',
        `the equilibrium of ${system.free.length} free visible sites cannot be drawn exactly and there is no burnIn`,
        {
          path: 'dynamics.burnIn',
          value: burnIn,
          limit: `> 0, or at most ${MOST_ENUMERATED} free visible sites in one bath`,
        },
      );
    }
  }

  /** Puts the system into the start of a shot, before any burn-in. */
  place(shot: number): void {
    const { program, system, values } = this;
    const stream = RandomStream.of(program.seed, 'initial', shot);
    const { initial, clamped, inputs } = program;
    values.fill(0);
    if (initial.kind === 'pattern') values.set(initial.values);
    else if (initial.kind === 'corrupted') {
      for (const site of system.visible) values[site] = initial.values[site]!;
      for (const k of stream.sample(system.visible.length, initial.flips)) {
        const site = system.visible[k]!;
        values[site] = -values[site]!;
      }
    } else for (const site of system.visible) values[site] = stream.sign();
    const row = inputs[inputs.length > 1 ? shot : 0];
    if (row !== undefined) clamped.forEach((site, k) => (values[site] = row[k]!));
    system.reset(values);
    if (initial.kind === 'pattern') return;
    if (this.exact) {
      if (this.sampler === null || inputs.length > 1) {
        this.sampler = system.visibleSampler(this.temperatureOf(system.visible[0]!));
      }
      system.setCode(this.sampler.draw(stream));
    }
    this.drawHidden(stream);
  }

  private drawHidden(stream: RandomStream): void {
    const { system, drawn, program } = this;
    const plus = program.dynamics.ties === 'plus';
    for (const unit of system.units) {
      // Where there is nothing to choose by at T = 0, a unit starts at its first value.
      drawn.fill(0);
      drawn[0] = unit.prior === 'binary' ? -1 : unit.prior === 'one-hot' ? 1 : 0;
      const fields = system.unitFields(unit);
      drawHidden(unit, fields, this.temperatureOf(unit.first), plus, stream, drawn);
      system.setUnit(unit, drawn);
    }
  }
}
