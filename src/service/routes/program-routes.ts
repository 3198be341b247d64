import { calibrationOf, type CalibrationSource } from '../../compile/index.js';
import { RelaxdError, Type } from '../../core/index.js';
import { programDocument, programHash, type Program } from '../../device/index.js';
import { answers, sendTagged } from '../answers.js';
import { given } from '../given.js';
import type { App, RouteContext } from '../context.js';
import {
  COMPILE_BODY,
  COMPILED,
  DEFAULT_LIMIT,
  HASH,
  LARGE_BODY_BYTES,
  LIST_QUERY,
  page,
  PROGRAM,
  PROGRAM_ROW,
  VALIDATION,
} from '../documents.js';
import type { LabView } from '../lab-view.js';
import { memoriesOf } from '../memory-source.js';
import { readProgramBody } from '../read-program-body.js';

const tags = ['programs'];

export function programRoutes(app: App, context: RouteContext): void {
  const { lab, registry, views } = context;
  const calibrations: CalibrationSource = {
    active: (device) => lab.calibrations.activeRecord(device),
    byId: async (id) => (await lab.calibrations.whole(id)).record,
  };

  app.get(
    '/v1/programs',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'listPrograms',
        summary: 'Stored programs, newest first',
        querystring: Type.Object(LIST_QUERY, { additionalProperties: false }),
        response: answers({ 200: page(PROGRAM_ROW, 'ProgramPage') }),
      },
    },
    async (request) => {
      const { limit = DEFAULT_LIMIT, cursor } = request.query;
      const stored = await lab.library.list('programs', { limit, ...given({ cursor }) });
      return {
        items: stored.items.map(({ id, createdAt, summary }) => ({
          ...summary,
          id,
          savedAt: createdAt,
        })),
        next: stored.next,
      };
    },
  );

  app.post(
    '/v1/programs',
    {
      bodyLimit: LARGE_BODY_BYTES,
      config: { scope: 'jobs' },
      schema: {
        tags,
        operationId: 'saveProgram',
        summary:
          'Stores a program; its id is its hash, so two spellings of one program are stored once',
        body: PROGRAM,
        response: answers({ 201: PROGRAM_ROW }),
      },
    },
    async (request, reply) => {
      const { program, hash } = readProgramBody(request.body);
      await lab.library.saveProgram(program);
      void reply.code(201).header('location', `/v1/programs/${hash}`);
      return { id: hash, sites: program.sites };
    },
  );

  app.get(
    '/v1/programs/:id',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'getProgram',
        summary: 'A program by its hash',
        params: Type.Object({ id: Type.String() }),
        response: answers({ 200: PROGRAM, 304: null }),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const program = await storedProgram(lab, id);
      return sendTagged(
        reply,
        request.headers['if-none-match'],
        `"${id}"`,
        programDocument(program),
      );
    },
  );

  app.post(
    '/v1/programs/validate',
    {
      bodyLimit: LARGE_BODY_BYTES,
      config: { scope: 'read', audit: false },
      schema: {
        tags,
        operationId: 'validateStoredProgram',
        summary: 'As POST /v1/devices/{id}/validate, for a program given or stored',
        body: Type.Object(
          { device: Type.String(), program: Type.Union([HASH, PROGRAM]) },
          { title: 'ValidateBody', additionalProperties: false },
        ),
        response: answers({ 200: VALIDATION }),
      },
    },
    async (request) => {
      const { device: id, program: document } = request.body;
      const device = registry.get(id);
      const { program, hash } =
        typeof document === 'string'
          ? { program: await storedProgram(lab, document), hash: document }
          : readProgramBody(document);
      return { device: id, program: hash, violations: await device.validate(program) };
    },
  );

  app.post(
    '/v1/compile',
    {
      bodyLimit: LARGE_BODY_BYTES,
      config: { scope: 'read', audit: false },
      schema: {
        tags,
        operationId: 'compile',
        summary: 'Memories and a rule to a program for a device, with its certificate',
        description:
          '`id` is the hash of the program, which is not stored: POST it to /v1/programs for that. With `calibration` (`active`, an id or a ' +
          'document) the program is corrected for the device’s own parts, and the certificate says what remains.',
        body: COMPILE_BODY,
        response: answers({ 200: COMPILED }),
      },
    },
    async (request) => {
      const {
        device,
        memories: source,
        rule = 'hebb',
        calibration: wanted,
        ...options
      } = withoutNulls(request.body);
      const { descriptor } = await views.descriptor(device);
      const calibration =
        wanted === undefined ? null : await calibrationOf(wanted, device, calibrations);
      const memories = await memoriesOf(source, lab);
      const { program, certificate } = await context.compile({
        descriptor,
        memories,
        rule,
        calibration,
        ...options,
      });
      return { id: programHash(program), program: programDocument(program), certificate };
    },
  );
}

async function storedProgram(lab: LabView, hash: string): Promise<Program> {
  const program = await lab.library.program(hash);
  if (program !== null) return program;
  throw new RelaxdError('unknown-program', `there is no program '${hash}'`, {
    value: hash,
    hint: 'POST it to /v1/programs first',
  });
}

/** `null` and left out are the same. */
function withoutNulls<T extends object>(body: T): T {
  return Object.fromEntries(
    Object.entries(body).filter(([, value]) => value !== null && value !== undefined),
  ) as T;
}
