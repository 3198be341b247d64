import type { App } from '../context.js';
import type { Logger } from '../create-logger.js';
import type { Metrics } from '../metrics.js';
import { CLOSE, SUBPROTOCOL } from './messages.js';
import type { StreamHub } from './stream-hub.js';
import { StreamSocket } from './stream-socket.js';

/** WebSocket `/v1/stream`. */
export function streamRoute(app: App, hub: StreamHub, metrics: Metrics, log: Logger): void {
  const open = new Set<StreamSocket>();

  app.get('/v1/stream', { websocket: true, schema: { hide: true } }, (socket) => {
    if (socket.protocol !== SUBPROTOCOL) {
      socket.close(CLOSE.protocol, `ask for subprotocol ${SUBPROTOCOL}`);
      return;
    }
    const viewer = new StreamSocket(socket, hub, {
      gap(count, reason) {
        metrics.streamGaps.inc({ reason });
        metrics.streamSkipped.inc({ reason }, count);
      },
      subscribed: (change) => metrics.subscriptions.inc(change),
      defect: (error) => log.error({ err: error }, 'stream'),
    });
    open.add(viewer);
    metrics.sockets.inc();
    socket.once('close', () => {
      open.delete(viewer);
      metrics.sockets.dec();
    });
  });

  // Before the server stops listening: it waits for its connections.
  app.addHook('preClose', async () => {
    for (const viewer of [...open]) viewer.close(CLOSE.goingAway, 'the service is shutting down');
  });
}
