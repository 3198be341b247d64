import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { MemorySet } from '../memory/index.js';
import type { Clock } from '../core/index.js';
import type { Descriptor } from '../device/index.js';
import type { DeviceViews, RegistryView } from './device-views.js';
import type { LabView } from './lab-view.js';

/** The HTTP server as routes see it. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export interface CompileRequest {
  readonly descriptor: Descriptor;
  readonly memories: MemorySet;
  /** `hebb` where left out. */
  readonly rule?: string;
  readonly target?: number;
  readonly corrupt?: number;
  readonly temperature?: number;
  readonly shots?: number;
  readonly seed?: number;
}
export interface Compiled {
  readonly program: unknown;
  readonly certificate: unknown;
}

/** What every route has to do with. */
export interface RouteContext {
  readonly lab: LabView;
  readonly registry: RegistryView;
  readonly views: DeviceViews;
  readonly compile: (request: CompileRequest) => Promise<Compiled>;
  readonly clock: Clock;
  readonly version: string;
  /** Fires when the service begins to shut down: ends long polls. */
  readonly stopping: AbortSignal;
}
