import helmet from '@fastify/helmet';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import websocket from '@fastify/websocket';
import type { App } from './context.js';
import { publicPart } from './public-part.js';
import { withComponents } from './openapi.js';
import { LONGEST_MESSAGE_BYTES, SUBPROTOCOL } from './stream/messages.js';

/** Parts of one message. */
const MOST_FRAGMENTS = 1024;

/** Security headers, on every answer. */
export async function addSecurityHeaders(app: App): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        styleSrc: ["'self'", "'unsafe-inline'"],
        workerSrc: ["'self'", 'blob:'],
        frameAncestors: ["'self'"],
        baseUri: ["'self'"],
        objectSrc: ["'none'"],
      },
    },
    // Plain HTTP on a laboratory's own network: a browser told to insist on TLS would find nothing.
    strictTransportSecurity: false,
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    // It works them out anew for each answer; they are the same for all.
    global: false,
  });
  let headers: readonly (readonly [string, number | string | readonly string[]])[] | null = null;
  app.addHook('onRequest', (_request, { raw, helmet: workOut }, next) => {
    if (headers === null) {
      void workOut();
      headers = Object.entries(raw.getHeaders()).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value] as const],
      );
    } else for (const [name, value] of headers) raw.setHeader(name, value);
    next();
  });
}

/** The OpenAPI document with its page, and WebSockets. Before any route that it is to show. */
export async function addPlugins(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'relaxd',
        version,
        description:
          'Devices that compute by relaxing, as laboratory equipment. Samples and events come over WebSocket /v1/stream: docs/formats/stream.md.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          key: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'rlx_<id>_<secret>',
            description:
              'an API key; on its own machine the service may do without (docs/people.md)',
          },
        },
      },
    },
    // Each operation says what its caller needs.
    transform: ({ schema, url, route }) => {
      const { scope = 'public' } = route.config ?? {};
      const security = scope === 'public' ? [] : [{ key: [] }];
      return { schema: { ...schema, security, 'x-scope': scope }, url };
    },
  });
  await publicPart(app, (part) =>
    part.register(swaggerUi, {
      routePrefix: '/docs',
      transformSpecification: (document) => withComponents({ ...document }),
      transformSpecificationClone: false,
    }),
  );
  await app.register(websocket, {
    options: {
      // Longer ones than the stream reads, so that it can say why it hangs up.
      maxPayload: 16 * LONGEST_MESSAGE_BYTES,
      maxFragments: MOST_FRAGMENTS,
      // By the stream's own sockets, which know how much waits to be sent already.
      autoPong: false,
      handleProtocols: (protocols: Set<string>) =>
        protocols.has(SUBPROTOCOL) ? SUBPROTOCOL : false,
    },
    errorHandler: (error, socket) => {
      app.log.error({ err: error }, 'stream');
      socket.terminate();
    },
    // Sockets are told by the stream's own preClose hook.
    preClose: (done) => done(),
  });
}
