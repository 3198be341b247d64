import { execFileSync } from 'node:child_process';

/** How a node is cut off. */
export const CUTS = ['unplugged', 'deaf', 'mute'] as const;
export type Cut = (typeof CUTS)[number];

/** Something between a node and all others that can be cut. */
export interface NodeWire {
  /** Said before a command that is to run at the node's end. */
  readonly prefix: readonly string[];
  /** Where the node listens. */
  readonly host: string;
  cut(way: Cut): void;
  mend(): void;
}

/** Addresses for tests of networks (RFC 2544): nobody's on any machine. They are only between namespaces of this one. */
const NET = '198.18';

/**
 * A network of this machine's own kernel: each node in a network namespace of its own, with a cable to a switch in one more; the
 * tests, PostgreSQL and Redis are at this machine's end of another cable. A cut is the kernel's: packets are lost, and nobody says
 * so to either end.
 */
export class NodeNetwork implements Disposable {
  private readonly names: string[] = [];
  /** Namespaces outlive the process that made them: also one that is interrupted takes them away. */
  private readonly atExit = (): void => this[Symbol.dispose]();
  readonly wires: readonly NodeWire[];
  /** Of this machine's end: where PostgreSQL and Redis are reached. */
  readonly address: string;
  readonly range: string;

  private constructor(
    nodes: number,
    private readonly own: string,
    third: number,
  ) {
    this.range = `${NET}.${third}.0/24`;
    this.address = `${NET}.${third}.1`;
    process.once('exit', this.atExit);
    try {
      this.wires = this.lay(nodes, third);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  private lay(nodes: number, third: number): readonly NodeWire[] {
    const { own } = this;
    const hub = this.namespace('hub');
    run(`ip -n ${hub} link add sw type bridge`);
    run(`ip -n ${hub} link set sw up`);
    run(`ip link add ${own} type veth peer name p netns ${hub}`);
    this.plugIn('p');
    run(`ip addr add ${this.address}/24 dev ${own}`);
    run(`ip link set ${own} up`);
    return Array.from({ length: nodes }, (_, k) => this.node(k, `${NET}.${third}.${10 + k}`));
  }

  /** Why there can be none here; null: there can. It takes root, and a kernel that has namespaces. */
  static missing(): string | null {
    return (why ??= { reason: whyMissing() }).reason;
  }

  /** @throws where {@link missing} says why not */
  static make(nodes: number): NodeNetwork {
    const own = `rx${process.pid % 1_000_000}`;
    return new NodeNetwork(nodes, own, process.pid % 256);
  }

  private namespace(of: string): string {
    const name = `${this.own}-${of}`;
    run(`ip netns add ${name}`);
    this.names.push(name);
    return name;
  }

  private plugIn(port: string): void {
    const [hub] = this.names;
    run(`ip -n ${hub} link set ${port} master sw`);
    run(`ip -n ${hub} link set ${port} up`);
  }

  private node(k: number, host: string): NodeWire {
    const [hub] = this.names;
    const port = `p${k}`;
    const space = this.namespace(`n${k}`);
    run(`ip -n ${hub} link add ${port} type veth peer name eth0 netns ${space}`);
    this.plugIn(port);
    run(`ip -n ${space} link set lo up`);
    run(`ip -n ${space} addr add ${host}/24 dev eth0`);
    run(`ip -n ${space} link set eth0 up`);
    // A bucket that no packet fits into.
    const lose = 'root tbf rate 8bit burst 1 latency 1ms';
    let mend: string | null = null;
    return {
      prefix: ['ip', 'netns', 'exec', space],
      host,
      cut: (way) => {
        const [cut, repair] = {
          unplugged: [`ip -n ${hub} link set ${port} down`, `ip -n ${hub} link set ${port} up`],
          deaf: [
            `tc -n ${hub} qdisc add dev ${port} ${lose}`,
            `tc -n ${hub} qdisc del dev ${port} root`,
          ],
          mute: [
            `tc -n ${space} qdisc add dev eth0 ${lose}`,
            `tc -n ${space} qdisc del dev eth0 root`,
          ],
        }[way] as [string, string];
        run(cut);
        mend = repair;
      },
      mend: () => {
        if (mend !== null) run(mend);
        mend = null;
      },
    };
  }

  [Symbol.dispose](): void {
    process.off('exit', this.atExit);
    // The cables go with the namespaces that they end in.
    for (const name of this.names.splice(0)) run(`ip netns del ${name}`);
  }
}

function run(command: string): void {
  const [program, ...args] = command.split(' ');
  execFileSync(program!, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

let why: { readonly reason: string | null } | null = null;

function whyMissing(): string | null {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  const name = `rx${process.pid % 1_000_000}-try`;
  try {
    run(`ip netns add ${name}`);
  } catch (error) {
    return `ip netns (iproute2): ${String((error as Error).message).split('\n')[0]}`;
  }
  try {
    run(`ip -n ${name} link add sw type bridge`);
    run(`ip -n ${name} link add one type veth peer name two`);
    run(`tc -n ${name} qdisc add dev one root tbf rate 8bit burst 1 latency 1ms`);
    return null;
  } catch (error) {
    return `network namespaces: ${String((error as Error).message).split('\n')[1] ?? 'refused'}`;
  } finally {
    run(`ip netns del ${name}`);
  }
}
