import { between, type Knobs, type Segment } from './protocol.js';

/**
 * Steps through segments in which knobs move: half a step's work at the state before, the step at the knobs of its middle,
 * and the other half's work at the state after. The split of {@link CircuitAccount}, for whatever moves.
 */
export class Ramp {
  private readonly left: Float64Array;
  private readonly middle: Float64Array;
  private readonly right: Float64Array;

  constructor(knobCount: number) {
    this.left = new Float64Array(knobCount);
    this.middle = new Float64Array(knobCount);
    this.right = new Float64Array(knobCount);
  }

  /**
   * @param account books the work of knobs that move at a fixed state
   * @param step moves the state by step s at these knobs, and books its heat
   */
  run(
    { steps, start, end }: Segment,
    account: { turn(from: Knobs, to: Knobs): void },
    step: (s: number, knobs: Knobs) => void,
  ): void {
    const { left, middle, right } = this;
    left.set(start);
    for (let s = 0; s < steps; s++) {
      between(start, end, 2 * s + 1, steps, middle);
      between(start, end, 2 * s + 2, steps, right);
      account.turn(left, middle);
      step(s, middle);
      account.turn(middle, right);
      left.set(right);
    }
  }
}
