import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { CompiledProgram, CompileInput } from '../compile/index.js';
import type { Clock } from '../core/index.js';
import type { DeviceViews, RegistryView } from './device-views.js';
import type { EventLoop } from './event-loop.js';
import type { Gate } from './gate.js';
import type { LabView } from './lab-view.js';

/** The HTTP server as routes see it. */
export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** What every route has to do with. */
export interface RouteContext {
  readonly lab: LabView;
  readonly registry: RegistryView;
  readonly views: DeviceViews;
  /** Compiles on whatever thread the composition root has for it. */
  readonly compile: (input: CompileInput) => CompiledProgram | Promise<CompiledProgram>;
  readonly clock: Clock;
  readonly gate: Gate;
  /** Whether `/metrics` needs a key. */
  readonly metricsNeedKey: boolean;
  readonly version: string;
  readonly eventLoop: Pick<EventLoop, 'lag'>;
  /** Fires when the service begins to shut down: ends long polls. */
  readonly stopping: AbortSignal;
}
