/**
 * The compiled kernels as WebAssembly and the native module export them, under the same names and with the same
 * arguments: addresses (byte offsets into the arena) and numbers. Each is called by one function of this room only.
 */
export interface RawKernels {
  /** Uniform numbers k·2⁻²⁴ on [0, 1): state of 16 lanes, out f32[n], n a multiple of 16. */
  fillUniform(state: number, out: number, n: number): void;
  /** Memories ({@link file://./memory/memory-block.ts}): counts and keeps everything that the block's state needs. */
  memoryReset(block: number): void;
  /** Overlaps of the block's state, counted afresh: out i32[P]. */
  memoryCount(block: number, out: number): void;
  memoryField(block: number, site: number): number;
  /** Of the logarithm, of exponential memories. */
  memoryLogField(block: number, site: number): number;
  /** Fields of all sites: out f64[N]. */
  memoryFields(block: number, out: number): void;
  memoryFlip(block: number, site: number): void;
  /** Attempts at T = 0, sites in turn from `first`; how many flipped. */
  memoryDescend(block: number, first: number, count: number): number;
  /** Rates and the next event's time, at time t: control block of `EventArrays`. */
  startEvents(control: number, t: number): void;
  /** Events at times up to `until`; how many. */
  runEvents(control: number, until: number): number;
  /** Fields from the state. */
  sumFields(control: number): void;

  /** Couplings of a layered network into its forces: `plan` of LayeredNetwork. */
  layeredProduct(plan: number): void;
  /**
   * Langevin steps of a layered network, noise from 16 lanes. @returns steps done, fewer where 4 r x² dt has risen above
   * `limit` or is no number; `paired` 1: Leimkuhler–Matthews, 0: Euler–Maruyama.
   */
  layeredSteps(
    plan: number,
    state: number,
    steps: number,
    dt: number,
    coupling: number,
    limit: number,
    paired: number,
  ): number;
  /** y ← alpha·A·x + beta·y: A in panels, x and y in groups of 16 columns. */
  readonly multiplyGroups32: MultiplyGroups;
  readonly multiplyGroups64: MultiplyGroups;
  /** y ← alpha·A·x + beta·y: A in panels, x (m × r) and y (n × r) row-major. */
  readonly multiplyRows32: MultiplyRows;
  readonly multiplyRows64: MultiplyRows;
  /** Chains x ← x·a + b: f32[32], rounds; answers with the operations done. */
  peakFma(numbers: number, rounds: number): number;
  /** Sum modulo 2³² of i32[n], n a multiple of 64. */
  peakRead(words: number, n: number): number;
  /** Steps of a board with imperfections, sixteen shots side by side; block u32[34], see board/board-columns.ts. */
  boardHeun(block: number, steps: number): void;
  boardDense(block: number, steps: number): void;
  /** @returns −1, or 16·node + column of a shot that is too stiff */
  boardEuler(block: number, steps: number): number;
  /** Steps of vector spins in a cavity's light, sixteen shots side by side; block u32[18], see light/light-columns.ts. */
  lightHeun(block: number, steps: number): void;
  lightStrang(block: number, steps: number): void;
  lightWigner(block: number, steps: number): void;
  /** Steps of spins ½ under homodyne detection, sixteen shots side by side; block u32[21], see spin-half/spin-half-columns.ts. */
  spinHalf(block: number, steps: number): void;
  /** Standard normal numbers: state of 16 lanes, out f32[n], n a multiple of 16. */
  fillNormal(state: number, out: number, n: number): void;
  /** Exponential numbers of mean 1: state of 16 lanes, out f32[n], n a multiple of 16. */
  fillExponential(state: number, out: number, n: number): void;

  /** Steps of an explicit scheme for many replicas: see langevin/explicit-steps.ts. */
  readonly explicitSteps32: ExplicitSteps;
  readonly explicitSteps64: ExplicitSteps;
  /** y ← J x, J sparse in rows (starts, columns, values), x and y in groups of 16 columns. */
  multiplySparse64(
    starts: number,
    columns: number,
    values: number,
    x: number,
    y: number,
    n: number,
    m: number,
    groups: number,
  ): void;
  /** The rest: see langevin/rows.ts. */
  normalRows64(lanes: number, out: number, n: number, groups: number): void;
  flowRows64(z: number, decay: number, bend: number, n: number, groups: number): void;
  linearRows64(
    out: number,
    x: number,
    noise: number,
    decay: number,
    push: number,
    spread: number,
    response: number,
    own: number,
    factor: number,
    n: number,
    groups: number,
  ): void;
  siteTerms64(
    z: number,
    quadratic: number,
    quartic: number,
    fields: number,
    patterns: number,
    drives: number,
    n: number,
    groups: number,
    out: number,
  ): void;
  pairTerm64(z: number, field: number, own: number, n: number, groups: number, out: number): void;
  siteHeats64(
    x: number,
    y: number,
    fieldX: number,
    fieldY: number,
    own: number,
    constant: number,
    quadratic: number,
    quartic: number,
    siteBath: number,
    coupling: number,
    n: number,
    groups: number,
    baths: number,
    sums: number,
  ): void;
  /** Steps of underdamped replicas: see langevin/oscillator-steps.ts; `stale` 1: no products of the last step are there. */
  oscillatorSteps64(
    oscillators: number,
    x: number,
    v: number,
    n: number,
    groups: number,
    columns: number,
    h: number,
    coupling: number,
    limit: number,
    scheme: number,
    steps: number,
    stale: number,
  ): number;
  /** Exact steps of oscillators by themselves: see langevin/oscillator-rows.ts. */
  oscillatorRows64(
    state: number,
    noise: number,
    coefficients: number,
    push: number,
    own: number,
    factor: number,
    n: number,
    groups: number,
  ): void;
  // Loops of attempts, see spin/flip-layout.ts: address of a record, address of a model's slots.
  flipsInt8(record: number, model: number): void;
  flipsInt16(record: number, model: number): void;
  flipsFloat32(record: number, model: number): void;
  flipsFloat64(record: number, model: number): void;
  flipsSparse(record: number, model: number): void;
  flipsMemories(record: number, model: number): void;
  /** Ends early before an attempt whose field is undecided. */
  flipsExponential(record: number, model: number): void;

  /** See spin/synapse-layout.ts; ends early where its ring of flips may be full. */
  flipsSynapses(record: number, model: number): void;

  /** Attempts on visible spins and redraws of hidden units, see spin/hidden-layout.ts: a record, and a model's slots. */
  redraws(record: number, model: number): void;

  /** See spin/anneal.ts. */
  annealFields(
    couplings: number,
    sites: number,
    stride: number,
    states: number,
    fields: number,
    runs: number,
  ): void;
  annealSweeps(
    couplings: number,
    sites: number,
    stride: number,
    states: number,
    fields: number,
    lanes: number,
    runs: number,
    temperatures: number,
    sweeps: number,
    logs: number,
    logMask: number,
    places: number,
  ): void;

  /** See spin/retrieve.ts. */
  retrieve(
    couplings: number,
    sites: number,
    stride: number,
    bits: number,
    codes: number,
    memories: number,
    states: number,
    cues: number,
    plus: number,
    mostSweeps: number,
    scratch: number,
    logSize: number,
    sweeps: number,
    pairs: number,
  ): void;

  /** Descents at zero temperature; block u32[15], see descent/descent-arrays.ts and descent/descend.ts. */
  descend(block: number, most: number): number;
  leastSite(block: number): number;
  unstableSites(block: number, flipped: number): number;

  // Row sums, see spin/row-products.ts.
  productsInt8(rows: number, stride: number, state: number, sites: number, out: number): void;
  productsInt16(rows: number, stride: number, state: number, sites: number, out: number): void;
  productsFloat32(rows: number, stride: number, state: number, sites: number, out: number): void;
  productsFloat64(rows: number, stride: number, state: number, sites: number, out: number): void;

  // Sums that a row is added to, or that decay, see row/add-row.ts.
  addRowInt8(y: number, row: number, count: number, factor: number): void;
  addRowInt16(y: number, row: number, count: number, factor: number): void;
  addRowFloat32(y: number, row: number, count: number, factor: number): void;
  addRowFloat64(y: number, row: number, count: number, factor: number): void;
  scaleRow64(y: number, count: number, factor: number): void;
}

type MultiplyGroups = (
  packed: number,
  x: number,
  y: number,
  n: number,
  m: number,
  groups: number,
  alpha: number,
  beta: number,
) => void;
/** `work` holds (m + n)·32 numbers. */
type MultiplyRows = (
  packed: number,
  x: number,
  y: number,
  n: number,
  m: number,
  r: number,
  alpha: number,
  beta: number,
  work: number,
) => void;
type ExplicitSteps = (
  circuit: number,
  z: number,
  work: number,
  n: number,
  groups: number,
  columns: number,
  h: number,
  coupling: number,
  limit: number,
  scheme: number,
  steps: number,
) => number;
