/**
 * Which parameters meet in some run: a core that all may share, and leaves, small sets of parameters that meet none but their own
 * and some of the core's, their feet. Of a board the nodes' and its own parameters are core, the gains of a pair a leaf.
 */
export class ArrowShape {
  /** Parameters of the core, in rising order. */
  readonly core: Int32Array;
  readonly leaves: readonly ArrowLeaf[];
  /** Of each parameter: its place in the core, or −1. */
  readonly coreAt: Int32Array;
  /** Of each parameter: its leaf and its place there, or −1. */
  readonly leafAt: Int32Array;
  readonly placeAt: Int32Array;

  /**
   * @param size how many parameters there are
   * @param isCore those that may meet all others
   * @param meetings parameters that meet in one run
   */
  constructor(
    readonly size: number,
    isCore: (parameter: number) => boolean,
    meetings: Iterable<readonly number[]>,
  ) {
    this.core = Int32Array.from(Array.from({ length: size }, (_, a) => a).filter(isCore));
    this.coreAt = new Int32Array(size).fill(-1);
    this.core.forEach((a, k) => (this.coreAt[a] = k));
    const root = Int32Array.from({ length: size }, (_, a) => a);
    const find = (a: number): number => {
      while (root[a] !== a) a = root[a] = root[root[a]!]!;
      return a;
    };
    const kept: { readonly leaf: number; readonly feet: readonly number[] }[] = [];
    for (const members of meetings) {
      const own = members.filter((a) => this.coreAt[a]! < 0);
      for (const a of own) root[find(a)] = find(own[0]!);
      if (own.length === 0) continue;
      kept.push({ leaf: own[0]!, feet: members.filter((a) => this.coreAt[a]! >= 0) });
    }
    const members = new Map<number, number[]>();
    for (let a = 0; a < size; a++) {
      if (this.coreAt[a]! >= 0) continue;
      const at = find(a);
      const list = members.get(at);
      if (list === undefined) members.set(at, [a]);
      else list.push(a);
    }
    const feet = new Map<number, Set<number>>();
    for (const { leaf, feet: list } of kept) {
      const at = find(leaf);
      let all = feet.get(at);
      if (all === undefined) feet.set(at, (all = new Set()));
      for (const a of list) all.add(this.coreAt[a]!);
    }
    this.leafAt = new Int32Array(size).fill(-1);
    this.placeAt = new Int32Array(size).fill(-1);
    this.leaves = [...members].map(([at, list], k) => {
      list.forEach((a, place) => {
        this.leafAt[a] = k;
        this.placeAt[a] = place;
      });
      const own = Int32Array.from(feet.get(at) ?? []).sort();
      return {
        members: Int32Array.from(list),
        feet: own,
        footAt: new Map([...own].map((core, place) => [core, place])),
      };
    });
  }

  /** Everything may meet everything. */
  static dense(size: number): ArrowShape {
    return new ArrowShape(size, () => true, []);
  }
}

export interface ArrowLeaf {
  readonly members: Int32Array;
  /** Places in the core. */
  readonly feet: Int32Array;
  /** Where each of them stands among the feet. */
  readonly footAt: ReadonlyMap<number, number>;
}

/** A symmetric matrix of an {@link ArrowShape}: Fisher's information of many parameters of which most meet few. */
export class ArrowInformation {
  /** Core × core. */
  readonly core: Float64Array;
  /** Of each leaf: its members' block, and members × feet. */
  readonly own: readonly Float64Array[];
  readonly cross: readonly Float64Array[];

  constructor(
    readonly shape: ArrowShape,
    core?: Float64Array,
  ) {
    this.core = core ?? new Float64Array(shape.core.length ** 2);
    this.own = shape.leaves.map(({ members }) => new Float64Array(members.length ** 2));
    this.cross = shape.leaves.map(
      ({ members, feet }) => new Float64Array(members.length * feet.length),
    );
  }

  /** A matrix that is there already, size × size, shared and not copied. */
  static of(matrix: Float64Array, size: number): ArrowInformation {
    return new ArrowInformation(ArrowShape.dense(size), matrix);
  }

  get size(): number {
    return this.shape.size;
  }

  copy(): ArrowInformation {
    const other = new ArrowInformation(this.shape, this.core.slice());
    this.own.forEach((block, k) => other.own[k]!.set(block));
    this.cross.forEach((block, k) => other.cross[k]!.set(block));
    return other;
  }

  at(a: number, b: number): number {
    const { coreAt, leafAt, placeAt, leaves, core } = this.shape;
    const [i, j] = [coreAt[a]!, coreAt[b]!];
    if (i >= 0 && j >= 0) return this.core[i * core.length + j]!;
    if (i >= 0) return this.at(b, a);
    const k = leafAt[a]!;
    const { members, feet, footAt } = leaves[k]!;
    const row = placeAt[a]!;
    if (j < 0) {
      return leafAt[b] === k ? this.own[k]![row * members.length + placeAt[b]!]! : 0;
    }
    const foot = footAt.get(j);
    return foot === undefined ? 0 : this.cross[k]![row * feet.length + foot]!;
  }

  /** F v */
  times(v: Float64Array): Float64Array {
    const { core, leaves, size } = this.shape;
    const n = core.length;
    const out = new Float64Array(size);
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += this.core[i * n + j]! * v[core[j]!]!;
      out[core[i]!] = sum;
    }
    leaves.forEach(({ members, feet }, k) => {
      const m = members.length;
      members.forEach((a, i) => {
        let sum = 0;
        for (let j = 0; j < m; j++) sum += this.own[k]![i * m + j]! * v[members[j]!]!;
        feet.forEach((foot, j) => {
          const entry = this.cross[k]![i * feet.length + j]!;
          const b = core[foot]!;
          sum += entry * v[b]!;
          out[b] = out[b]! + entry * v[a]!;
        });
        out[a] = sum;
      });
    });
    return out;
  }

  /** Adds a full symmetric block of parameters that meet. */
  add(parameters: readonly number[], block: Float64Array): void {
    const size = parameters.length;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        this.addAt(parameters[i]!, parameters[j]!, block[i * size + j]!);
      }
    }
  }

  /** Adds weight × slopes slopesᵀ, of parameters that meet where they are not 0. */
  addSquare(slopes: Float64Array, weight: number): void {
    const members: number[] = [];
    for (let a = 0; a < slopes.length; a++) if (slopes[a] !== 0) members.push(a);
    for (const a of members) {
      const left = weight * slopes[a]!;
      for (const b of members) this.addAt(a, b, left * slopes[b]!);
    }
  }

  /** Adds to the row of a and column of b; where b belongs to the core and a to a leaf, that is both halves. */
  addAt(a: number, b: number, value: number): void {
    const { coreAt, leafAt, placeAt, leaves, core } = this.shape;
    const [i, j] = [coreAt[a]!, coreAt[b]!];
    if (i >= 0) {
      if (j >= 0) this.core[i * core.length + j]! += value;
      return;
    }
    const k = leafAt[a]!;
    const { members, feet, footAt } = leaves[k]!;
    const row = placeAt[a]!;
    if (j >= 0) this.cross[k]![row * feet.length + footAt.get(j)!]! += value;
    else this.own[k]![row * members.length + placeAt[b]!]! += value;
  }
}
