import type { CompiledProgram, CompileInput } from '../compile/index.js';
import type { Server as SecureServer } from 'node:tls';
import type { WebSocket } from 'ws';
import { accessSettings, LAB_ACTOR, type Denials, type GivenAccess } from '../access/index.js';
import { IdSource, RelaxdError, type Clock } from '../core/index.js';
import { addAccess } from './add-access.js';
import { addDashboard } from './add-dashboard.js';
import { addPlugins, addSecurityHeaders } from './add-plugins.js';
import { EventLoop } from './event-loop.js';
import type { App, RouteContext } from './context.js';
import { createServer, type TlsFiles } from './create-server.js';
import { DeclaredRoutes, type DeclaredRoute } from './declared-routes.js';
import type { Logger } from './create-logger.js';
import { DeviceViews, type RegistryView } from './device-views.js';
import { forwardToNodes } from './forward-to-nodes.js';
import { Gate } from './gate.js';
import type { LabView } from './lab-view.js';
import { logLab } from './log-lab.js';
import { Metrics } from './metrics.js';
import { accessRoutes } from './routes/access-routes.js';
import { calibrationRoutes } from './routes/calibration-routes.js';
import { deviceRoutes } from './routes/device-routes.js';
import { jobRoutes } from './routes/job-routes.js';
import { memoryScope } from './routes/memory-routes.js';
import { operationsRoutes } from './routes/operations-routes.js';
import { programRoutes } from './routes/program-routes.js';
import { reservationRoutes } from './routes/reservation-routes.js';
import { retentionRoutes } from './routes/retention-routes.js';
import { runRoutes } from './routes/run-routes.js';
import { sweepRoutes } from './routes/sweep-routes.js';
import { isLoopback } from './trusted-origin.js';
import { StreamHub, type DeclaredTopic } from './stream/stream-hub.js';
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
  /** Who may do what; the defaults of docs/formats/configuration.md where left out. */
  readonly access?: GivenAccess;
  /** Certificate and key, PEM; HTTPS with them, plain HTTP without. */
  readonly tls?: TlsFiles | null;
  /** Between two pings of a stream's socket; half a minute where left out. */
  readonly pingEveryMs?: number;
}

/** For answers under way when the service is closed. */
const GRACE_MS = 2000;

export interface RunningService extends AsyncDisposable {
  /** `http://127.0.0.1:7070` */
  readonly address: string;
  readonly host: string;
  readonly port: number;
  /** Every route, with what its caller needs. */
  readonly routes: readonly DeclaredRoute[];
  /** Every topic of the stream, with what its viewers need. */
  readonly topics: readonly DeclaredTopic[];
  /** Sockets of the stream that are open, with what waits in memory to be sent to each. */
  readonly sockets: ReadonlySet<Pick<WebSocket, 'readyState' | 'bufferedAmount'>>;
  /** Takes another certificate for connections that are made from now on. */
  renewTls(files: TlsFiles): void;
  /** Ends long polls and streams (1001), lets answers under way finish, and frees the port. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts the HTTP and WebSocket service of a lab.
 *
 * @throws RelaxdError `port-taken`; `wrong-call` for an address that is not this machine's
 */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const { lab, registry, log, clock, version, tls = null } = options;
  const settings = accessSettings(options.access);
  const gate = new Gate(
    lab.keys,
    settings,
    options.host,
    clock,
    async (pass) => lab.nodes?.nodeOfPass(pass) ?? null,
  );
  const stopping = new AbortController();
  const views = new DeviceViews(registry, lab);
  const metrics = new Metrics({ lab, registry, version });
  const eventLoop = new EventLoop();
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
    gate,
    metricsNeedKey: settings.metrics === 'key',
    version,
    eventLoop,
    stopping: stopping.signal,
  };
  const declared = new DeclaredRoutes();
  const { origins, limits } = settings;
  const app = createServer({
    host: options.host,
    log,
    clock,
    metrics,
    routes: declared,
    origins,
    tls,
  });
  let routes: readonly DeclaredRoute[];
  let denials: Denials;
  try {
    await addSecurityHeaders(app);
    denials = await addAccess(app, { gate, audit: lab.audit, settings, clock, metrics });
    await addPlugins(app, version);
    forwardToNodes(app, context);
    accessRoutes(app, context);
    deviceRoutes(app, context);
    await memoryScope(app, context);
    programRoutes(app, context);
    jobRoutes(app, context);
    sweepRoutes(app, context);
    reservationRoutes(app, context);
    retentionRoutes(app, context);
    calibrationRoutes(app, context);
    runRoutes(app, context);
    operationsRoutes(app, context, metrics);
    streamRoute(app, {
      hub,
      metrics,
      log,
      gate,
      keys: lab.keys,
      audit: lab.audit,
      denials,
      socketsPerKey: limits.socketsPerKey,
      ...(options.pingEveryMs === undefined ? {} : { pingEveryMs: options.pingEveryMs }),
    });
    await addDashboard(app, options.dashboardFolder);
    await app.ready();
    routes = declared.list();
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
    eventLoop[Symbol.dispose]();
  }

  const bound = app.server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : options.port;
  const { host } = options;
  const address = `${tls === null ? 'http' : 'https'}://${shownHost(host)}:${port}`;
  log.info({ address }, `listening on ${address}`);
  await sayWhoMay(options, gate, settings.anonymous);
  await lab.audit.record({
    who: LAB_ACTOR,
    action: 'service-started',
    target: address,
    outcome: 'done',
    details: { version, anonymous: gate.open ? settings.anonymous : 'none' },
  });
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
      await denials.flush();
      await lab.audit.record({
        who: LAB_ACTOR,
        action: 'service-stopped',
        target: address,
        outcome: 'done',
        details: {},
      });
      free();
    })());
  return {
    address,
    host,
    port,
    routes,
    topics: hub.declared,
    sockets: app.websocketServer.clients,
    renewTls: (files) => (app.server as unknown as SecureServer).setSecureContext({ ...files }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Says in the log what a call without a key may do, and what is amiss about it. */
async function sayWhoMay(
  { host, log, lab, tls }: ServiceOptions,
  gate: Gate,
  anonymous: string,
): Promise<void> {
  if (gate.open) {
    log.info(
      { anonymous },
      `calls from this machine need no API key: they have role '${anonymous}'; anonymous in the configuration changes that`,
    );
    return;
  }
  if (!(await lab.keys.any())) {
    log.warn(
      { host },
      'every call needs an API key and there is none: stop the service, run `relaxd keys create --name NAME --role admin --data DIR`, and start it again',
    );
  }
  if (!isLoopback(host) && (tls ?? null) === null) {
    log.warn(
      { host },
      'API keys and samples cross the network unencrypted: configure tls, or keep to a network that you trust',
    );
  }
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
