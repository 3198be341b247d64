/** Next event of each of N neurons: a binary heap that knows where each neuron stands. Ties go to the lower number. */
export class EventQueue {
  /** Time of each neuron's next event; Infinity: none. After writing to it, call {@link rebuild}. */
  readonly times: Float64Array;
  private readonly heap: Int32Array;
  private readonly place: Int32Array;

  constructor(size: number) {
    this.times = new Float64Array(size).fill(Infinity);
    this.heap = Int32Array.from({ length: size }, (_, i) => i);
    this.place = this.heap.slice();
  }

  /** The neuron whose event comes first. */
  get first(): number {
    return this.heap[0]!;
  }

  /** @param times where the neuron's next time stands, at its own place: a number that is passed would be an object */
  set(neuron: number, times: Float64Array): void {
    const earlier = times[neuron]! < this.times[neuron]!;
    this.times[neuron] = times[neuron]!;
    if (earlier) this.rise(this.place[neuron]!);
    else this.sink(this.place[neuron]!);
  }

  /** A neuron has no next event. */
  clear(neuron: number): void {
    this.times[neuron] = Infinity;
    this.sink(this.place[neuron]!);
  }

  /** Puts all neurons in order, O(N). */
  rebuild(): void {
    for (let at = (this.heap.length >> 1) - 1; at >= 0; at--) this.sink(at);
  }

  private before(a: number, b: number): boolean {
    const difference = this.times[a]! - this.times[b]!;
    // ∞ − ∞ is NaN: neither comparison holds, and the number decides.
    return difference < 0 || (!(difference > 0) && a < b);
  }

  private rise(start: number): void {
    const { heap, place } = this;
    const neuron = heap[start]!;
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const other = heap[parent]!;
      if (!this.before(neuron, other)) break;
      heap[at] = other;
      place[other] = at;
      at = parent;
    }
    heap[at] = neuron;
    place[neuron] = at;
  }

  private sink(start: number): void {
    const { heap, place } = this;
    const size = heap.length;
    const neuron = heap[start]!;
    let at = start;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && this.before(heap[child + 1]!, heap[child]!)) child++;
      const other = heap[child]!;
      if (!this.before(other, neuron)) break;
      heap[at] = other;
      place[other] = at;
      at = child;
    }
    heap[at] = neuron;
    place[neuron] = at;
  }
}
