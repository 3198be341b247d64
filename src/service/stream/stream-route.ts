import { RelaxdError } from '../../core/index.js';
import { answers } from '../answers.js';
import type { App } from '../context.js';
import type { Logger } from '../create-logger.js';
import type { Metrics } from '../metrics.js';
import { CLOSE, SUBPROTOCOL } from './messages.js';
import type { StreamHub } from './stream-hub.js';
import { StreamSocket } from './stream-socket.js';

/** WebSocket `/v1/stream`. */
export function streamRoute(app: App, hub: StreamHub, metrics: Metrics, log: Logger): void {
  const open = new Set<StreamSocket>();
  let closing = false;

  app.route({
    method: 'GET',
    url: '/v1/stream',
    schema: {
      tags: ['stream'],
      operationId: 'openStream',
      summary: `WebSocket with subprotocol ${SUBPROTOCOL}: events and samples, live`,
      description: 'docs/formats/stream.md',
      response: answers({ 101: null }),
    },
    handler: () => {
      throw new RelaxdError('invalid-input', '/v1/stream speaks WebSocket only', {
        path: 'upgrade',
        limit: 'websocket',
        hint: 'docs/formats/stream.md',
      });
    },
    wsHandler: (socket) => {
      if (closing) {
        socket.close(CLOSE.goingAway, 'the service is shutting down');
        return;
      }
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
    },
  });

  // Before the server stops listening: it waits for its connections.
  app.addHook('preClose', async () => {
    closing = true;
    for (const viewer of [...open]) viewer.close(CLOSE.goingAway, 'the service is shutting down');
  });
}
