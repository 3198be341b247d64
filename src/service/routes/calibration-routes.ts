import { checkDocument, throwViolations, Type } from '../../core/index.js';
import { CALIBRATION_ACTIONS, CALIBRATION_STATES } from '../../lab/index.js';
import { answers, IF_MATCH, ifRevision, sendTagged } from '../answers.js';
import type { App, RouteContext } from '../context.js';
import {
  CALIBRATION,
  CALIBRATION_ACTION_BODY,
  CALIBRATION_BODY,
  CALIBRATION_EVENT,
  CALIBRATION_ROW,
  closed,
  DEFAULT_LIMIT,
  DRIFT,
  LARGE_BODY_BYTES,
  LIST_QUERY,
  oneOf,
  page,
} from '../documents.js';
import { given } from '../given.js';
import { actionNamed } from '../named.js';
import { whoOf } from '../principal.js';

const PARAMS = Type.Object({ id: Type.String() });
const PROPOSAL = Type.Object(
  {
    calibration: Type.Object({}, { additionalProperties: true }),
    reason: CALIBRATION_BODY.properties.reason,
  },
  closed,
);
const tags = ['calibrations'];
/** Operations that a test of their own calls. */
export const CALIBRATION_OPERATIONS = [
  'proposeCalibration',
  'listCalibrations',
  'getCalibration',
  'actOnCalibration',
  'getCalibrationHistory',
  'getDrift',
] as const;

export function calibrationRoutes(app: App, { lab, views }: RouteContext): void {
  app.post(
    '/v1/calibrations',
    {
      bodyLimit: LARGE_BODY_BYTES,
      config: { scope: 'calibrations' },
      schema: {
        tags,
        operationId: 'proposeCalibration',
        summary: 'Stores what a device was found to be; it is proposed, and not in force yet',
        description:
          'Its id is the hash of device, descriptor, model and values: one that is there already comes back as it stands. A calibrate job proposes what it has measured by itself.',
        body: CALIBRATION_BODY,
        response: answers({ 201: CALIBRATION_ROW }),
      },
    },
    async (request, reply) => {
      const { calibration, reason } = readBody(request.body);
      const row = await lab.calibrations.proposeDocument(calibration, reason, {
        who: whoOf(request.principal),
        note: request.auditNote,
      });
      void reply.code(201).header('location', `/v1/calibrations/${row.id}`);
      return row;
    },
  );

  app.get(
    '/v1/calibrations',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'listCalibrations',
        summary: 'Calibrations without their values, newest first',
        querystring: Type.Object(
          {
            ...LIST_QUERY,
            device: Type.Optional(Type.String({ minLength: 1 })),
            state: Type.Optional(oneOf(CALIBRATION_STATES)),
          },
          { additionalProperties: false },
        ),
        response: answers({ 200: page(CALIBRATION_ROW, 'CalibrationPage') }),
      },
    },
    async (request) => {
      const { limit = DEFAULT_LIMIT, cursor, device, state } = request.query;
      return lab.calibrations.list({ limit, ...given({ cursor, device, state }) });
    },
  );

  app.get(
    '/v1/calibrations/:id',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'getCalibration',
        summary: 'One calibration: how it stands, and all that it says',
        params: PARAMS,
        response: answers({ 200: CALIBRATION, 304: null }),
      },
    },
    async (request, reply) => {
      const { calibration, record } = await lab.calibrations.whole(request.params.id);
      // It is over by itself, without a new revision.
      const tag = `"${calibration.revision}.${calibration.expired ? 'expired' : 'holds'}"`;
      return sendTagged(reply, request.headers['if-none-match'], tag, { ...calibration, record });
    },
  );

  app.post(
    '/v1/calibrations/:id/actions/:action',
    {
      config: { scope: 'calibrations' },
      schema: {
        tags,
        operationId: 'actOnCalibration',
        summary: CALIBRATION_ACTIONS.join(', '),
        description:
          'activate puts a proposed one in force, and the one before is superseded; roll-back puts one in force that was so before, and the one that it goes back from is retired; retire leaves the device uncalibrated. If-Match with a revision refuses where somebody was faster.',
        params: Type.Object({ id: Type.String(), action: Type.String() }),
        headers: IF_MATCH,
        body: CALIBRATION_ACTION_BODY,
        response: answers({ 200: CALIBRATION_ROW }),
      },
    },
    async (request) => {
      const { id } = request.params;
      const action = actionNamed(request.params.action, CALIBRATION_ACTIONS, 'calibrations have');
      return lab.calibrations.act(id, action, {
        reason: request.body.reason,
        who: whoOf(request.principal),
        note: request.auditNote,
        ...ifRevision(request.headers['if-match']),
      });
    },
  );

  app.get(
    '/v1/devices/:id/calibration-history',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'getCalibrationHistory',
        summary: 'What has become of a device’s calibrations, by whom and why, newest first',
        params: PARAMS,
        querystring: Type.Object(LIST_QUERY, { additionalProperties: false }),
        response: answers({ 200: page(CALIBRATION_EVENT, 'CalibrationHistory') }),
      },
    },
    async (request) => {
      const { limit = DEFAULT_LIMIT, cursor } = request.query;
      const { id } = await views.one(request.params.id);
      return lab.calibrations.events(id, { limit, ...given({ cursor }) });
    },
  );

  app.get(
    '/v1/devices/:id/drift',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'getDrift',
        summary: 'What checks have read of a device since its calibration is in force',
        params: PARAMS,
        response: answers({ 200: DRIFT }),
      },
    },
    async (request) => {
      const { id } = await views.one(request.params.id);
      const active = lab.calibrations.activeView(id);
      const readings = active === null ? [] : await lab.calibrations.readings(active.id);
      return {
        device: id,
        calibration: active?.id ?? null,
        readings,
        alarms: readings.at(-1)?.alarms ?? [],
      };
    },
  );
}

/** The document itself is judged by its own reader. @throws RelaxdError `invalid-input`, `unknown-field` */
function readBody(body: unknown): { readonly calibration: unknown; readonly reason: string } {
  throwViolations('invalid-input', 'the body', checkDocument(PROPOSAL, body ?? {}));
  return body as Type.Static<typeof PROPOSAL>;
}
