import { RelaxdError, Type } from '../../core/index.js';
import type { SampleChunk } from '../../device/index.js';
import { answers, BYTES, mediaAnswers, revisionTag, sendTagged } from '../answers.js';
import { ANYBODY, EXPORT_FORMATS, EXPORT_MEDIA_TYPES } from '../../lab/index.js';
import { given, stated } from '../given.js';
import type { App, RouteContext } from '../context.js';
import {
  COMPARISON,
  DEFAULT_LIMIT,
  LIST_QUERY,
  oneOf,
  page,
  RUN,
  RUN_ACTION_BODY,
  RUN_DOCUMENT,
  RUN_ROW,
  SAMPLES,
} from '../documents.js';
import { actionNamed } from '../named.js';
import { pickMedia } from '../pick-media.js';
import { whoOf } from '../principal.js';

const ARROW = 'application/vnd.apache.arrow.stream';
/** Rows of one answer, as JSON. */
const MOST_ROWS = 10_000;
const DEFAULT_ROWS = 1000;
const PARAMS = Type.Object({ id: Type.String() });
const RUN_ACTIONS = ['pin', 'unpin'] as const;
const tags = ['runs'];

export function runRoutes(app: App, { lab }: RouteContext): void {
  app.get(
    '/v1/runs',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'listRuns',
        summary: 'Runs without their results, newest first',
        querystring: Type.Object(
          {
            ...LIST_QUERY,
            device: Type.Optional(Type.String({ minLength: 1 })),
            job: Type.Optional(Type.String({ minLength: 1 })),
          },
          { additionalProperties: false },
        ),
        response: answers({ 200: page(RUN_ROW, 'RunPage') }),
      },
    },
    async (request) => {
      const { limit = DEFAULT_LIMIT, cursor, device, job } = request.query;
      return lab.archive.runs({ limit, ...given({ cursor, device, job }) });
    },
  );

  app.get(
    '/v1/runs/:id',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'getRun',
        summary: 'One run, with its result once it has one',
        params: PARAMS,
        response: answers({ 200: RUN, 304: null }),
      },
    },
    async (request, reply) => {
      const run = await lab.archive.run(request.params.id);
      // Rows are counted while a run is under way, without a new revision.
      const tag =
        run.record === 'open'
          ? `"${run.revision}.${run.rows}"`
          : run.pins.length > 0
            ? `"${run.revision}.${run.pins.map(({ at }) => Date.parse(at)).join('.')}"`
            : revisionTag(run.revision);
      return sendTagged(reply, request.headers['if-none-match'], tag, run);
    },
  );

  app.post(
    '/v1/runs/:id/actions/:action',
    {
      config: { scope: 'jobs' },
      schema: {
        tags,
        operationId: 'actOnRun',
        summary: 'pin (with a note): no retention rule deletes the record; unpin',
        params: Type.Object({ id: Type.String(), action: Type.String() }),
        body: RUN_ACTION_BODY,
        response: answers({ 200: RUN }),
      },
    },
    async (request) => {
      const { id } = request.params;
      const action = actionNamed(request.params.action, RUN_ACTIONS, 'runs have');
      const { note, by } = stated(request.body);
      const own = whoOf(request.principal).name ?? ANYBODY;
      if (action === 'unpin') return lab.archive.unpin(id, by ?? own, request.auditNote);
      if (note !== undefined) return lab.archive.pin(id, own, note, request.auditNote);
      throw new RelaxdError('invalid-input', 'pin: note is missing', {
        path: 'note',
        limit: 'required: why the record is to stay',
      });
    },
  );

  app.get(
    '/v1/runs/:id/documents',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'listRunDocuments',
        summary: 'start, descriptor, gap, stop: in the order in which they were written',
        params: PARAMS,
        response: answers({ 200: page(RUN_DOCUMENT, 'RunDocumentPage') }),
      },
    },
    async (request) => ({ items: await lab.archive.documents(request.params.id), next: null }),
  );

  app.get(
    '/v1/runs/:id/samples',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'getSamples',
        summary: 'Rows of the record, also while the run is under way',
        description: `As JSON, at most ${MOST_ROWS} rows an answer; with Accept: ${ARROW} the whole record as an Arrow stream (then fromRow and rows are not read).`,
        params: PARAMS,
        querystring: Type.Object(
          {
            fromRow: Type.Optional(Type.Integer({ minimum: 0 })),
            rows: Type.Optional(Type.Integer({ minimum: 1, maximum: MOST_ROWS })),
          },
          { additionalProperties: false },
        ),
        response: mediaAnswers({ 'application/json': SAMPLES, [ARROW]: BYTES }),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      void reply.header('vary', 'accept');
      if (pickMedia(request.headers.accept, ['application/json', ARROW]) === ARROW) {
        return reply.type(ARROW).send(await lab.archive.export(id, 'arrow'));
      }
      const { fromRow = 0, rows = DEFAULT_ROWS } = request.query;
      const { chunks, nextRow } = await lab.archive.samples(id, { fromRow, rows });
      return { ...samplesDocument(id, fromRow, chunks), next: nextRow };
    },
  );

  app.get(
    '/v1/runs/:id/compare/:other',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'compareRuns',
        summary: 'In what two runs differ: what they were made with, their numbers, their samples',
        params: Type.Object({ id: Type.String(), other: Type.String() }),
        response: answers({ 200: COMPARISON }),
      },
    },
    async (request) => lab.archive.compare(request.params.id, request.params.other),
  );

  app.get(
    '/v1/runs/:id/export',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'exportRun',
        summary: `The record as ${EXPORT_FORMATS.join(', ')}`,
        params: PARAMS,
        querystring: Type.Object(
          { format: oneOf(EXPORT_FORMATS) },
          { additionalProperties: false },
        ),
        response: mediaAnswers({ 'application/octet-stream': BYTES }),
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { format } = request.query;
      const stream = await lab.archive.export(id, format);
      return reply
        .type(EXPORT_MEDIA_TYPES[format])
        .header('content-disposition', `attachment; filename="${id}.${format}"`)
        .send(stream);
    },
  );
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Chunks of a record as one document; NaN, where a quantity is not defined, is null. */
function samplesDocument(run: string, fromRow: number, chunks: readonly SampleChunk[]): object {
  const [first] = chunks;
  const column = (name: 'energy' | 'work' | 'heat'): (number | null)[] | null =>
    first === undefined || first[name] === null
      ? null
      : chunks.flatMap((chunk) => Array.from(chunk[name] ?? [], finite));
  return {
    run,
    firstRow: first?.firstRow ?? fromRow,
    rows: chunks.reduce((sum, chunk) => sum + chunk.rows, 0),
    columns: {
      row: chunks.flatMap((chunk) =>
        Array.from({ length: chunk.rows }, (_, k) => chunk.firstRow + k),
      ),
      shot: chunks.flatMap((chunk) => Array.from(chunk.shot)),
      step: chunks.flatMap((chunk) => Array.from(chunk.step)),
      t: chunks.flatMap((chunk) => Array.from(chunk.t)),
      energy: column('energy'),
      work: column('work'),
      heat: column('heat'),
      overlaps:
        first === undefined || first.overlaps === null
          ? null
          : chunks.flatMap((chunk) => matrixRows(chunk.overlaps ?? [], chunk.rows)),
    },
    states: chunks.flatMap((chunk) => {
      const states = matrixRows(chunk.state, chunk.stateRows.length);
      return states.map((state, k) => ({ row: chunk.firstRow + chunk.stateRows[k]!, state }));
    }),
  };
}

function matrixRows(values: ArrayLike<number>, rows: number): (number | null)[][] {
  const width = rows === 0 ? 0 : values.length / rows;
  return Array.from({ length: rows }, (_, r) =>
    Array.from({ length: width }, (_, c) => finite(values[r * width + c]!)),
  );
}
