import { RelaxdError, Type } from '../../core/index.js';
import { JOB_ACTIONS, JOB_STATES } from '../../lab/index.js';
import {
  answers,
  IF_MATCH,
  ifRevision,
  revisionTag,
  sendTagged,
  taggedRevision,
} from '../answers.js';
import { given } from '../given.js';
import type { App, RouteContext } from '../context.js';
import type { LabView } from '../lab-view.js';
import {
  DEFAULT_LIMIT,
  JOB,
  JOB_ACTION_BODY,
  JOB_BODY,
  JOB_ROW,
  LARGE_BODY_BYTES,
  LIST_QUERY,
  oneOf,
  page,
  QUEUE,
} from '../documents.js';
import { actionNamed, statesNamed } from '../named.js';
import { callerOf, whoOf, type Principal } from '../principal.js';

/** Longest wait of one long poll. */
export const MOST_WAIT_S = 60;
const PARAMS = Type.Object({ id: Type.String() });
const tags = ['jobs'];

export function jobRoutes(app: App, { lab, stopping, gate }: RouteContext): void {
  /** A calibration says what a device is: that is for those who may propose it. */
  const requireMayMake = (principal: Principal | null, kind: unknown): void => {
    if (kind === 'calibrate') gate.require(callerOf(principal), 'calibrations');
  };

  app.post(
    '/v1/jobs',
    {
      bodyLimit: LARGE_BODY_BYTES,
      config: { scope: 'jobs' },
      schema: {
        tags,
        operationId: 'submitJob',
        summary: 'Submits a job; the answer comes once it is durable',
        description:
          'With an Idempotency-Key the same call can be made again: it answers with the job that the first one made.',
        headers: Type.Object({
          'idempotency-key': Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
        }),
        body: JOB_BODY,
        response: answers({ 201: JOB }),
      },
    },
    async (request, reply) => {
      const key = request.headers['idempotency-key'];
      requireMayMake(request.principal, kindIn(request.body));
      const job = await lab.submit(request.body, {
        who: whoOf(request.principal),
        note: request.auditNote,
        ...(typeof key === 'string' ? { idempotencyKey: key } : {}),
      });
      void reply
        .code(201)
        .header('location', `/v1/jobs/${job.id}`)
        .header('etag', revisionTag(job.revision));
      return job;
    },
  );

  app.get(
    '/v1/jobs',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'listJobs',
        summary: 'Jobs without their results, newest first',
        description:
          'Points of sweeps are left out, unless parent names their sweep or all is true.',
        querystring: Type.Object(
          {
            ...LIST_QUERY,
            state: Type.Optional(
              Type.String({
                description: `one or several, by commas, of ${JOB_STATES.join(', ')}`,
              }),
            ),
            device: Type.Optional(Type.String({ minLength: 1 })),
            parent: Type.Optional(
              Type.String({ minLength: 1, description: 'a sweep: its points only' }),
            ),
            all: Type.Optional(oneOf(['true', 'false'])),
          },
          { additionalProperties: false },
        ),
        response: answers({ 200: page(JOB_ROW, 'JobPage') }),
      },
    },
    async (request) => {
      const { limit = DEFAULT_LIMIT, cursor, state, device, parent, all } = request.query;
      return lab.jobs({
        limit,
        state: statesNamed(state, JOB_STATES, 'job'),
        all: all === 'true',
        ...given({ cursor, device, parent }),
      });
    },
  );

  app.get(
    '/v1/jobs/:id',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'getJob',
        summary: 'One job, with its result once it has one',
        description: `With wait (seconds, at most ${MOST_WAIT_S}) and revision (or If-None-Match) the answer comes once the job has a later revision or has ended, or when the time is up.`,
        params: PARAMS,
        querystring: Type.Object(
          {
            wait: Type.Optional(Type.Number({ minimum: 0, maximum: MOST_WAIT_S })),
            revision: Type.Optional(Type.Integer({ minimum: 0 })),
          },
          { additionalProperties: false },
        ),
        response: answers({ 200: JOB, 304: null }),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { wait, revision } = request.query;
      const known = request.headers['if-none-match'];
      const seen = revision ?? taggedRevision(known);
      const job =
        wait === undefined || wait === 0 || seen === null
          ? await lab.job(id)
          : await waitForChange(id, seen, wait);
      return sendTagged(reply, known, revisionTag(job.revision), job);

      async function waitForChange(jobId: string, from: number, waitS: number) {
        const gone = new AbortController();
        const onGone = (): void => gone.abort();
        request.raw.once('close', onGone);
        try {
          const signal = AbortSignal.any([gone.signal, stopping]);
          return await lab.waitJob(jobId, from, 1000 * waitS, signal);
        } catch (error) {
          // The viewer is gone, or the service is about to be: the job as it is will do.
          if (error instanceof RelaxdError && error.code === 'aborted') return await lab.job(jobId);
          throw error;
        } finally {
          request.raw.off('close', onGone);
        }
      }
    },
  );

  app.post(
    '/v1/jobs/:id/actions/:action',
    {
      config: { scope: 'jobs' },
      schema: {
        tags,
        operationId: 'actOnJob',
        summary: `${JOB_ACTIONS.join(', ')}; with If-Match only at that revision`,
        description:
          'reprioritise takes a priority. A cancel after the end answers with the end. retry makes a new job of one that has ended without its result, and answers with that; asked again, with the same one.',
        params: Type.Object({ id: Type.String(), action: Type.String() }),
        headers: IF_MATCH,
        body: JOB_ACTION_BODY,
        response: answers({ 200: JOB }),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const action = actionNamed(request.params.action, JOB_ACTIONS, 'jobs have');
      // It makes another job of that kind.
      if (action === 'retry') requireMayMake(request.principal, await kindOf(lab, id));
      const { priority } = request.body ?? {};
      if (action === 'reprioritise' && typeof priority !== 'number') {
        throw new RelaxdError('invalid-input', 'reprioritise: priority is missing', {
          path: 'priority',
          limit: 'required',
        });
      }
      if (typeof priority === 'number') request.auditNote?.add({ priority });
      const job = await lab.act(id, action, {
        who: whoOf(request.principal),
        note: request.auditNote,
        ...(typeof priority === 'number' ? { priority } : {}),
        ...ifRevision(request.headers['if-match']),
      });
      void reply.header('etag', revisionTag(job.revision));
      return job;
    },
  );

  app.get(
    '/v1/queue',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'getQueue',
        summary: 'What runs and what waits, in order; quiescent: neither',
        response: answers({ 200: QUEUE }),
      },
    },
    async () => lab.queue(),
  );
}

interface Kinded {
  readonly kind?: unknown;
  readonly base?: Kinded | null;
}

/** What a job's body has done: of a sweep, that of its points. */
function kindIn(body: unknown): unknown {
  const { kind, base } = (body ?? {}) as Kinded;
  return kind === 'sweep' ? base?.kind : kind;
}

/** The same of a job that there is. */
async function kindOf(lab: LabView, id: string): Promise<unknown> {
  const { kind } = await lab.job(id);
  if (kind !== 'sweep') return kind;
  const { items } = await lab.jobs({ parent: id, limit: 1 });
  return items[0]?.kind;
}
