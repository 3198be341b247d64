import { RelaxdError } from '../../core/index.js';
import { answers } from '../answers.js';
import type { AuditLog, Denials, KeyBook, Scope } from '../../access/index.js';
import type { App } from '../context.js';
import type { Logger } from '../create-logger.js';
import { countedCaller, type Gate } from '../gate.js';
import type { Metrics } from '../metrics.js';
import { actorOf, type Principal } from '../principal.js';
import { CLOSE, SUBPROTOCOL } from './messages.js';
import { OpenSockets } from './open-sockets.js';
import type { StreamHub } from './stream-hub.js';
import { StreamSocket, type SocketObserver } from './stream-socket.js';

export interface StreamParts {
  readonly hub: StreamHub;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly gate: Gate;
  readonly keys: KeyBook;
  readonly audit: AuditLog;
  readonly denials: Denials;
  /** Sockets that one key may have open. */
  readonly socketsPerKey: number;
  /** Half a minute where left out. */
  readonly pingEveryMs?: number;
}

/** WebSocket `/v1/stream`. */
export function streamRoute(app: App, parts: StreamParts): void {
  const { hub, metrics, log, gate, keys, audit, denials } = parts;
  const open = new OpenSockets(keys, parts.socketsPerKey);
  let closing = false;

  app.route({
    method: 'GET',
    url: '/v1/stream',
    config: { scope: 'read' },
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
    wsHandler: (socket, request) => {
      if (closing) {
        socket.close(CLOSE.goingAway, 'the service is shutting down');
        return;
      }
      if (socket.protocol !== SUBPROTOCOL) {
        socket.close(CLOSE.protocol, `ask for subprotocol ${SUBPROTOCOL}`);
        return;
      }
      const { principal } = request;
      if (principal === null) {
        socket.close(CLOSE.defect, 'nobody is known to have opened the socket');
        return;
      }
      if (!open.hasRoom(principal)) {
        socket.close(CLOSE.tryLater, `more than ${parts.socketsPerKey} sockets of one key`);
        return;
      }
      const observer: SocketObserver = {
        require: (scope, topic) => requireScope(principal, scope, topic),
        gap(count, reason) {
          metrics.streamGaps.inc({ reason });
          metrics.streamSkipped.inc({ reason }, count);
        },
        subscribed: (change) => metrics.subscriptions.inc(change),
        defect: (error) => log.error({ err: error }, 'stream'),
      };
      const viewer = new StreamSocket(socket, hub, observer, parts.pingEveryMs);
      open.add(viewer, principal);
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
    open.close(CLOSE.goingAway, 'the service is shutting down');
  });

  function requireScope(principal: Principal, scope: Scope, topic: string): void {
    try {
      gate.require(principal, scope);
    } catch (error) {
      const note = audit.note({
        who: actorOf(principal),
        action: 'subscribe',
        target: topic,
        outcome: 'denied',
        details: { scope },
      });
      denials
        .write(countedCaller(principal, principal.address), note)
        .catch((thrown: unknown) => log.error({ err: thrown }, 'audit'));
      throw error;
    }
  }
}
