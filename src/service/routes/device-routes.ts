import { RelaxdError, Type } from '../../core/index.js';
import type { Device } from '../../device/index.js';
import { answers, contentTag, sendTagged } from '../answers.js';
import type { App, RouteContext } from '../context.js';
import { DEVICE_ACTIONS, type DeviceAction } from '../device-views.js';
import {
  closed,
  DESCRIPTOR,
  DEVICE,
  HEALTH,
  LARGE_BODY_BYTES,
  page,
  PARAMETER_READING,
  PROGRAM,
  VALIDATION,
} from '../documents.js';
import { actionNamed } from '../named.js';
import { callerOf, whoOf } from '../principal.js';
import { readProgramBody } from '../read-program-body.js';

const PARAMS = Type.Object({ id: Type.String() });
const ACTION_BODY = Type.Object(
  {
    cause: Type.Optional(Type.String({ maxLength: 500 })),
    fault: Type.Optional(Type.String({ maxLength: 200 })),
    operator: Type.Optional(Type.String({ maxLength: 200 })),
    note: Type.Optional(Type.String({ maxLength: 500 })),
    force: Type.Optional(Type.Boolean({ description: 'unlock: somebody else’s lock, too' })),
  },
  { title: 'DeviceActionBody', ...closed },
);
const tags = ['devices'];

export function deviceRoutes(app: App, context: RouteContext): void {
  const { registry, views, lab, gate } = context;

  app.get(
    '/v1/devices',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'listDevices',
        summary: 'Every device, also those that could not be opened',
        response: answers({ 200: page(DEVICE, 'DevicePage') }),
      },
    },
    async () => ({ items: await views.list(), next: null }),
  );

  app.get(
    '/v1/devices/:id',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'getDevice',
        summary: 'One device, as it is now',
        params: PARAMS,
        response: answers({ 200: DEVICE, 304: null }),
      },
    },
    async (request, reply) => {
      const view = await views.one(request.params.id);
      return sendTagged(reply, request.headers['if-none-match'], contentTag(view), view);
    },
  );

  app.get(
    '/v1/devices/:id/descriptor',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'getDescriptor',
        summary: 'What the device is and can do; immutable, its ETag is its hash',
        params: PARAMS,
        response: answers({ 200: DESCRIPTOR, 304: null }),
      },
    },
    async (request, reply) => {
      const { descriptor, hash } = await views.descriptor(request.params.id);
      return sendTagged(reply, request.headers['if-none-match'], `"${hash}"`, descriptor);
    },
  );

  app.get(
    '/v1/devices/:id/health',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'getHealth',
        summary: 'A quick look at the device; changes nothing',
        params: PARAMS,
        response: answers({ 200: HEALTH }),
      },
    },
    async (request) => registry.get(request.params.id).health(),
  );

  app.get(
    '/v1/devices/:id/parameters',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'readParameters',
        summary: 'Readings, each with the time at which it was taken',
        params: PARAMS,
        response: answers({ 200: page(PARAMETER_READING, 'ParameterPage') }),
      },
    },
    async (request) => ({
      items: await registry.get(request.params.id).readParameters(),
      next: null,
    }),
  );

  app.put(
    '/v1/devices/:id/parameters/:name',
    {
      config: { scope: 'devices' },
      schema: {
        tags,
        operationId: 'writeParameter',
        summary: 'Sets one parameter within the limits of the descriptor',
        params: Type.Object({ id: Type.String(), name: Type.String() }),
        body: Type.Object({ value: Type.Number() }, { title: 'ParameterBody', ...closed }),
        response: answers({ 200: PARAMETER_READING }),
      },
    },
    async (request) => {
      const { id, name } = request.params;
      const device = registry.get(id);
      lab.reservations.requireUnlocked(id, whoOf(request.principal).name, `write ${name}`);
      return device.writeParameter(name, request.body.value);
    },
  );

  app.post(
    '/v1/devices/:id/actions/:action',
    {
      config: { scope: 'devices' },
      schema: {
        tags,
        operationId: 'actOnDevice',
        summary: DEVICE_ACTIONS.join(', '),
        description:
          'safe-state takes a cause; clear-fault needs fault (the id of the one that is latched, or words where the device has no ids), note, and an operator where it is not known who asks. lock keeps the device from all jobs and from the actions of others until unlock, over restarts too: it needs a note, and an operator where it is not known who asks. self-test answers with a health report, the others with the device.',
        params: Type.Object({ id: Type.String(), action: Type.String() }),
        body: ACTION_BODY,
        response: answers({ 200: Type.Union([DEVICE, HEALTH]) }),
      },
    },
    async (request) => {
      const { id } = request.params;
      const device = registry.get(id);
      const action = actionNamed(request.params.action, DEVICE_ACTIONS, 'devices have');
      const body = request.body ?? {};
      const asks = whoOf(request.principal).name ?? body.operator ?? null;
      // Locks are for those who look after devices.
      if (action === 'lock' || action === 'unlock') {
        gate.require(callerOf(request.principal), 'maintenance');
      }
      if (action === 'lock') await lab.reservations.lock(id, ...lockTerms(asks, body.note));
      else if (action === 'unlock') await lab.reservations.unlock(id, asks, body.force ?? false);
      else {
        // Whatever is locked: it can be made safe.
        if (action !== 'safe-state') lab.reservations.requireUnlocked(id, asks, action);
        if (action === 'self-test') return device.selfTest();
        await act(device, action, body, asks);
      }
      return views.one(id);
    },
  );

  app.post(
    '/v1/devices/:id/validate',
    {
      bodyLimit: LARGE_BODY_BYTES,
      config: { scope: 'read', audit: false },
      schema: {
        tags,
        operationId: 'validateProgram',
        summary: 'Everything that keeps the device from running a program, at once',
        params: PARAMS,
        body: PROGRAM,
        response: answers({ 200: VALIDATION }),
      },
    },
    async (request) => {
      const device = registry.get(request.params.id);
      const { program, hash } = readProgramBody(request.body);
      return { device: device.id, program: hash, violations: await device.validate(program) };
    },
  );
}

interface ActionBody {
  readonly cause?: string;
  readonly fault?: string;
  readonly note?: string;
}

async function act(
  device: Device,
  action: Exclude<DeviceAction, 'self-test' | 'lock' | 'unlock'>,
  body: ActionBody,
  asks: string | null,
): Promise<void> {
  switch (action) {
    case 'connect':
      return device.connect();
    case 'disconnect':
      refuseWhileBusy(device, action);
      return device.close();
    case 'safe-state':
      return device.toSafeState(body.cause ?? 'asked for by an operator');
    case 'clear-fault': {
      const { fault, note } = body;
      const operator = asks ?? undefined;
      requireTexts(action, { fault, operator, note });
      return device.clearFault({ fault: fault!, operator: operator!, note: note! });
    }
  }
}

/** @throws RelaxdError `invalid-input` with every one that is missing */
function requireTexts(action: string, texts: Readonly<Record<string, string | undefined>>): void {
  const missing = Object.entries(texts).filter(([, text]) => !text?.trim());
  if (missing.length === 0) return;
  throw new RelaxdError(
    'invalid-input',
    `${action} needs ${missing.map(([name]) => name).join(', ')}`,
    {
      path: missing[0]![0],
      limit: 'required',
      violations: missing.map(([path]) => ({
        code: 'invalid-input' as const,
        path,
        message: 'is missing',
        limit: 'required',
      })),
    },
  );
}

function lockTerms(asks: string | null, note: string | undefined): [holder: string, note: string] {
  requireTexts('lock', { operator: asks ?? undefined, note });
  return [asks!, note!];
}

function refuseWhileBusy(device: Device, action: string): void {
  const { equipment } = device;
  if (equipment === 'armed' || equipment === 'acquiring' || equipment === 'configuring') {
    throw new RelaxdError('device-busy', `${action}: device '${device.id}' is ${equipment}`, {
      value: action,
      state: equipment,
      hint: 'cancel its job first, or bring it to its safe state',
    });
  }
}
