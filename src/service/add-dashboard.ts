import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyReply } from 'fastify';
import type { App } from './context.js';
import { publicPart } from './public-part.js';

/** The dashboard at `/`, or, where it has not been built, a page that says so. */
export async function addDashboard(app: App, folder: string | null): Promise<void> {
  if (folder !== null && existsSync(join(folder, 'index.html'))) {
    const plugin = {
      root: folder,
      prefix: '/',
      wildcard: false,
      index: ['index.html'],
      setHeaders: (reply: FastifyReply, path: string) => {
        // Files under assets/ have a hash of their content in their name.
        const fixed = path.includes('/assets/');
        void reply.header(
          'cache-control',
          fixed ? 'public, max-age=31536000, immutable' : 'no-cache',
        );
      },
    };
    await publicPart(app, (part) => part.register(fastifyStatic, plugin));
    return;
  }
  app.get('/', { config: { scope: 'public' }, schema: { hide: true } }, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(NO_DASHBOARD),
  );
}

const NO_DASHBOARD = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>relaxd</title>
<h1>relaxd</h1>
<p>The service is running. The dashboard has not been built: <code>npm run build</code> does it.</p>
<ul><li><a href="/docs">The API</a></li><li><a href="/v1/devices">Devices</a></li>
<li><a href="/v1/jobs">Jobs</a></li><li><a href="/metrics">Metrics</a></li></ul>
</html>
`;
