import { checkDocument, RelaxdError, throwViolations, Type } from '../../src/core/index.js';
import { FASTER_BAUDS } from '../../src/link/index.js';

const object = <T extends Type.TProperties>(properties: T): Type.TObject<T> =>
  Type.Object(properties, { additionalProperties: false });
const text = Type.String({ minLength: 1 });
const oneOf = (names: readonly string[]) => Type.Union(names.map((name) => Type.Literal(name)));

/** From `driver.json` or the configuration; the driver's README explains each. */
const OPTIONS = object({
  path: Type.Optional(text),
  serial: Type.Optional(text),
  tcp: Type.Optional(Type.String({ pattern: '^(.+:)?[0-9]{1,5}$' })),
  simulator: Type.Optional(
    object({
      profile: Type.Optional(text),
      serial: Type.Optional(text),
      faults: Type.Optional(text),
      transport: Type.Optional(oneOf(['pty', 'tcp'])),
      seed: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
    }),
  ),
  baudRates: Type.Optional(Type.Array(Type.Integer({ minimum: 1 }))),
  dtrReset: Type.Optional(Type.Boolean()),
  rtscts: Type.Optional(Type.Boolean()),
  origin: Type.Optional(oneOf(['firmware-sim', 'emulator'])),
  watchdogMs: Type.Optional(Type.Integer({ minimum: 500, maximum: 60_000 })),
  maxRunSeconds: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 4_000_000 })),
  reconnect: Type.Optional(
    object({
      delaysMs: Type.Optional(
        Type.Array(Type.Integer({ minimum: 0, maximum: 86_400_000 }), { maxItems: 100 }),
      ),
      jitter: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    }),
  ),
});

export interface SimulatorOptions {
  readonly profile: string;
  readonly serial: string;
  /** A file or a seed of firmware-sim/README.md; null: none. */
  readonly faults: string | null;
  readonly transport: 'pty' | 'tcp';
  readonly seed: number | null;
}

/** Where a board is looked for. */
export type BoardPlace =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'anywhere' }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'simulator'; readonly simulator: SimulatorOptions };

export interface BoardOptions {
  readonly place: BoardPlace;
  /** The only board that is taken; null: the first one that answers, and no other after it. */
  readonly serial: string | null;
  /** Rates to go to, the first that both sides can do; empty: the line stays at 115 200. */
  readonly baudRates: readonly number[];
  readonly dtrReset: boolean;
  readonly rtscts: boolean;
  /** What data may be said to come from at most; null: what the board says. */
  readonly origin: 'firmware-sim' | 'emulator' | null;
  readonly watchdogMs: number;
  readonly maxRunSeconds: number;
  readonly reconnect: ReconnectOptions;
}

export interface ReconnectOptions {
  /** Before each try, ms; after the last one the device stays offline. */
  readonly delaysMs: readonly number[];
  /** Each delay is longer or shorter by up to this share of it. */
  readonly jitter: number;
}

export const USUAL_BAUDS: readonly number[] = [3_000_000, 2_000_000, 921_600, 460_800, 230_400];
/** About 25 minutes. */
export const USUAL_DELAYS_MS: readonly number[] = [
  250, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 120_000, 300_000, 300_000, 600_000,
];
/** As long as a link may be silent before it is down. */
const USUAL_WATCHDOG_MS = 3000;
const USUAL_RUN_SECONDS = 86_400;

/** @throws RelaxdError `invalid-input`, `unknown-field` */
export function readOptions(id: string, given: Readonly<Record<string, unknown>>): BoardOptions {
  throwViolations('invalid-input', `options of ${id}`, checkDocument(OPTIONS, given));
  const options = given as {
    path?: string;
    serial?: string;
    tcp?: string;
    simulator?: Partial<SimulatorOptions>;
    reconnect?: Partial<ReconnectOptions>;
  } & Partial<Omit<BoardOptions, 'place' | 'reconnect' | 'serial'>>;
  const places = (['path', 'tcp', 'simulator'] as const).filter((name) => name in options);
  if (places.length > 1 || (places.length === 0 && options.serial === undefined)) {
    throw new RelaxdError(
      'invalid-input',
      places.length > 1
        ? `options of ${id}: ${places.join(' and ')} do not go together`
        : `options of ${id} do not say where the board is`,
      { path: places[1] ?? 'path', limit: ['path', 'tcp', 'simulator', 'serial'] },
    );
  }
  const { baudRates = USUAL_BAUDS } = options;
  baudRates.forEach((baud, k) => {
    if ((FASTER_BAUDS as readonly number[]).includes(baud)) return;
    throw new RelaxdError(
      'invalid-input',
      `options of ${id}: ${baud} is no rate of the board link`,
      { path: `baudRates[${k}]`, value: baud, limit: FASTER_BAUDS },
    );
  });
  const place = placeOf(options);
  return {
    place,
    serial: place.kind === 'simulator' ? place.simulator.serial : (options.serial ?? null),
    baudRates,
    dtrReset: options.dtrReset ?? false,
    rtscts: options.rtscts ?? false,
    origin: options.origin ?? null,
    watchdogMs: options.watchdogMs ?? USUAL_WATCHDOG_MS,
    maxRunSeconds: options.maxRunSeconds ?? USUAL_RUN_SECONDS,
    reconnect: {
      delaysMs: options.reconnect?.delaysMs ?? USUAL_DELAYS_MS,
      jitter: options.reconnect?.jitter ?? 0.2,
    },
  };
}

function placeOf(options: {
  path?: string;
  tcp?: string;
  simulator?: Partial<SimulatorOptions>;
}): BoardPlace {
  const { path, tcp, simulator } = options;
  if (path !== undefined) return { kind: 'path', path };
  if (tcp !== undefined) {
    const at = tcp.lastIndexOf(':');
    const host = at < 0 ? '127.0.0.1' : tcp.slice(0, at);
    return { kind: 'tcp', host, port: Number(tcp.slice(at + 1)) };
  }
  if (simulator !== undefined) {
    return {
      kind: 'simulator',
      simulator: {
        profile: simulator.profile ?? 'default',
        serial: simulator.serial ?? 'SIM-0001',
        faults: simulator.faults ?? null,
        transport: simulator.transport ?? 'pty',
        seed: simulator.seed ?? null,
      },
    };
  }
  return { kind: 'anywhere' };
}
