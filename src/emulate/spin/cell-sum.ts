import { addTo } from '../../kernels/index.js';

/** A compensated sum that lies in two cells of an array, where a kernel can add to it too. */
export class CellSum {
  constructor(
    private readonly cells: Float64Array,
    private readonly at: number,
  ) {}

  add(x: number): void {
    addTo(this.cells, this.at, x);
  }

  get value(): number {
    return this.cells[this.at]! + this.cells[this.at + 1]!;
  }

  reset(): void {
    this.cells[this.at] = 0;
    this.cells[this.at + 1] = 0;
  }
}
