import { RelaxdError, Type } from '../../core/index.js';
import { RESERVATION_STATES } from '../../lab/index.js';
import { answers, sendTagged } from '../answers.js';
import type { App, RouteContext } from '../context.js';
import {
  DEFAULT_LIMIT,
  LIST_QUERY,
  page,
  RESERVATION,
  RESERVATION_ACTION_BODY,
  RESERVATION_BODY,
} from '../documents.js';
import { given, stated } from '../given.js';
import { actionNamed, statesNamed } from '../named.js';
import { whoOf } from '../principal.js';

const PARAMS = Type.Object({ id: Type.String() });
const ACTIONS = ['extend', 'release'] as const;
const tags = ['reservations'];

export function reservationRoutes(app: App, { lab }: RouteContext): void {
  app.post(
    '/v1/reservations',
    {
      config: { scope: 'jobs' },
      schema: {
        tags,
        operationId: 'reserve',
        summary: 'Keeps a device for one holder’s jobs for a time',
        description:
          'In that time only jobs run that the holder has submitted or that name the reservation; others wait, and are told by whom, why and until when. It ends by itself. A run that is under way when it begins is let finish, unless preempt is at-shot and the device can put runs aside.',
        body: RESERVATION_BODY,
        response: answers({ 201: RESERVATION }),
      },
    },
    async (request, reply) => {
      const { device, until, note } = request.body;
      const { from, holder, preempt } = stated(request.body);
      const made = await lab.reservations.reserve(
        { device, until, note, ...given({ from, holder, preempt }) },
        whoOf(request.principal),
      );
      void reply.code(201).header('location', `/v1/reservations/${made.id}`);
      return made;
    },
  );

  app.get(
    '/v1/reservations',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'listReservations',
        summary: 'Reservations, newest first',
        querystring: Type.Object(
          {
            ...LIST_QUERY,
            device: Type.Optional(Type.String({ minLength: 1 })),
            state: Type.Optional(
              Type.String({
                minLength: 1,
                description: `${RESERVATION_STATES.join(', ')}; several with commas between`,
              }),
            ),
            holder: Type.Optional(
              Type.String({ minLength: 1, maxLength: 100, description: 'whose jobs run then' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: answers({ 200: page(RESERVATION, 'ReservationPage') }),
      },
    },
    async (request) => {
      const { limit = DEFAULT_LIMIT, cursor, device, state, holder } = request.query;
      return lab.reservations.list({
        limit,
        states: statesNamed(state, RESERVATION_STATES, 'reservation'),
        ...given({ cursor, device, holder }),
      });
    },
  );

  app.get(
    '/v1/reservations/:id',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'getReservation',
        summary: 'One reservation',
        params: PARAMS,
        response: answers({ 200: RESERVATION, 304: null }),
      },
    },
    async (request, reply) => {
      const one = await lab.reservations.reservation(request.params.id);
      // It begins and ends by itself, without a new revision.
      const tag = `"${one.revision}.${one.state}"`;
      return sendTagged(reply, request.headers['if-none-match'], tag, one);
    },
  );

  app.post(
    '/v1/reservations/:id/actions/:action',
    {
      config: { scope: 'jobs' },
      schema: {
        tags,
        operationId: 'actOnReservation',
        summary: 'extend (with another until) or release, which ends it now',
        params: Type.Object({ id: Type.String(), action: Type.String() }),
        body: RESERVATION_ACTION_BODY,
        response: answers({ 200: RESERVATION }),
      },
    },
    async (request) => {
      const { id } = request.params;
      const action = actionNamed(request.params.action, ACTIONS, 'reservations have');
      if (action === 'release') return lab.reservations.release(id, whoOf(request.principal));
      const { until } = stated(request.body);
      if (until !== undefined) return lab.reservations.extend(id, until, whoOf(request.principal));
      throw new RelaxdError('invalid-input', 'extend: until is missing', {
        path: 'until',
        limit: 'required',
      });
    },
  );
}
