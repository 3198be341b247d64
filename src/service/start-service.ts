import type { CompiledProgram, CompileInput } from '../compile/index.js';
import { IdSource, RelaxdError, type Clock } from '../core/index.js';
import { addDashboard } from './add-dashboard.js';
import { addPlugins } from './add-plugins.js';
import { NOBODY } from '../lab/index.js';
import type { App, RouteContext, WhoOf } from './context.js';
import { createServer } from './create-server.js';
import type { Logger } from './create-logger.js';
import { DeviceViews, type RegistryView } from './device-views.js';
import { forwardToNodes } from './forward-to-nodes.js';
import type { LabView } from './lab-view.js';
import { logLab } from './log-lab.js';
import { Metrics } from './metrics.js';
import { deviceRoutes } from './routes/device-routes.js';
import { jobRoutes } from './routes/job-routes.js';
import { memoryScope } from './routes/memory-routes.js';
import { operationsRoutes } from './routes/operations-routes.js';
import { programRoutes } from './routes/program-routes.js';
import { reservationRoutes } from './routes/reservation-routes.js';
import { runRoutes } from './routes/run-routes.js';
import { sweepRoutes } from './routes/sweep-routes.js';
import { StreamHub } from './stream/stream-hub.js';
import { streamRoute } from './stream/stream-route.js';

export interface ServiceOptions {
  /** Open and recovered. The caller closes it, after the service. */
  readonly lab: LabView;
  readonly registry: RegistryView;
  /** `compileProgram`, on whatever thread the caller has for it. */
  readonly compile: (input: CompileInput) => CompiledProgram | Promise<CompiledProgram>;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** The built dashboard; null, or a folder without index.html: a page that says how to build it. */
  readonly dashboardFolder: string | null;
  readonly version: string;
  /** Who makes a request; left out: that is not known of anybody. */
  readonly who?: WhoOf;
}

/** For answers under way when the service is closed. */
const GRACE_MS = 2000;

export interface RunningService extends AsyncDisposable {
  /** `http://127.0.0.1:7070` */
  readonly address: string;
  readonly host: string;
  readonly port: number;
  /** Ends long polls and streams (1001), lets answers under way finish, and frees the port. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts the HTTP and WebSocket service of a lab.
 *
 * @throws RelaxdError `port-taken`; `wrong-call` for an address that is not this machine's
 */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const { lab, registry, log, clock, version } = options;
  const stopping = new AbortController();
  const views = new DeviceViews(registry, lab, () => lab.nodes);
  const metrics = new Metrics(lab, version);
  const hub = new StreamHub({
    lab,
    registry,
    views,
    streamId: new IdSource(clock).next(),
    onError: (error) => log.error({ err: error }, 'a device state could not be read'),
  });
  const stopLogging = logLab(lab, registry, log);
  const context: RouteContext = {
    lab,
    registry,
    views,
    compile: options.compile,
    clock,
    version,
    stopping: stopping.signal,
    // Without keys nobody has a name.
    who: options.who ?? (() => NOBODY),
  };
  const app = createServer({ host: options.host, log, clock, metrics });
  try {
    await addPlugins(app, version);
    forwardToNodes(app, context);
    deviceRoutes(app, context);
    await memoryScope(app, context);
    programRoutes(app, context);
    jobRoutes(app, context);
    sweepRoutes(app, context);
    reservationRoutes(app, context);
    runRoutes(app, context);
    operationsRoutes(app, context, metrics);
    streamRoute(app, hub, metrics, log);
    await addDashboard(app, options.dashboardFolder);
    await listen(app, options);
  } catch (error) {
    await app.close();
    free();
    throw error;
  }

  function free(): void {
    stopLogging();
    hub[Symbol.dispose]();
    views[Symbol.dispose]();
    metrics[Symbol.dispose]();
  }

  const bound = app.server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : options.port;
  const { host } = options;
  const address = `http://${shownHost(host)}:${port}`;
  log.info({ address }, `listening on ${address}`);
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> =>
    (closing ??= (async () => {
      stopping.abort(new RelaxdError('service-stopping', 'the service is shutting down'));
      // Whoever is still being answered then, or still sends, has had the time.
      const deadline = setTimeout(() => {
        app.server.closeAllConnections();
        for (const socket of app.websocketServer.clients) socket.terminate();
      }, GRACE_MS);
      await app.close();
      clearTimeout(deadline);
      free();
    })());
  return { address, host, port, close, [Symbol.asyncDispose]: close };
}

async function listen(app: App, { host, port }: ServiceOptions): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const address = `${shownHost(host)}:${port}`;
    if (code === 'EADDRINUSE') {
      throw new RelaxdError(
        'port-taken',
        `${address} is in use by another program`,
        { value: port, hint: 'is relaxd running already? Else choose another with --port' },
        error,
      );
    }
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new RelaxdError(
        'wrong-call',
        `the service cannot listen on ${address}: ${message}`,
        { value: address, hint: '--host must be an address of this machine, --port above 1023' },
        error,
      );
    }
    throw error;
  }
}

const shownHost = (host: string): string => (host.includes(':') ? `[${host}]` : host);
