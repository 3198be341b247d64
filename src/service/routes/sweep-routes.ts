import { Readable } from 'node:stream';
import { Type } from '../../core/index.js';
import { answers, BYTES, mediaAnswers } from '../answers.js';
import type { App, RouteContext } from '../context.js';
import { oneOf, SWEEP } from '../documents.js';
import { given } from '../given.js';

const PARAMS = Type.Object({ id: Type.String() });
const MEDIA = { csv: 'text/csv; charset=utf-8', json: 'application/json' } as const;
const tags = ['jobs'];

export function sweepRoutes(app: App, { lab }: RouteContext): void {
  app.get(
    '/v1/jobs/:id/sweep',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'getSweep',
        summary: 'What a sweep has gathered by now: a row a point, also while it is under way',
        params: PARAMS,
        querystring: Type.Object(
          {
            from: Type.Optional(
              Type.Integer({ minimum: 0, description: 'point of the first row; 0 where left out' }),
            ),
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
          },
          { additionalProperties: false },
        ),
        response: answers({ 200: SWEEP }),
      },
    },
    async (request) => {
      const { from, limit } = request.query;
      return lab.sweep(request.params.id, given({ from, limit }));
    },
  );

  app.get(
    '/v1/jobs/:id/export',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'exportSweep',
        summary: 'All rows of a sweep, as CSV or JSON',
        params: PARAMS,
        querystring: Type.Object(
          { format: oneOf(['csv', 'json']) },
          { additionalProperties: false },
        ),
        response: mediaAnswers({ 'text/csv': BYTES, 'application/json': SWEEP }),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { format } = request.query;
      const rows = await lab.exportSweep(id, format);
      return reply
        .type(MEDIA[format])
        .header('content-disposition', `attachment; filename="${id}.${format}"`)
        .send(Readable.from(rows));
    },
  );
}
