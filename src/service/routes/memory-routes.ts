import {
  builtinMemories,
  listBuiltins,
  memorySetDocument,
  memorySetFromNpy,
  memorySetHash,
  memorySetNpy,
  readMemorySet,
} from '../../memory/index.js';
import { RelaxdError, Type } from '../../core/index.js';
import { answers, BYTES, mediaAnswers, sendTagged } from '../answers.js';
import { given } from '../given.js';
import type { App, RouteContext } from '../context.js';
import {
  DEFAULT_LIMIT,
  LARGE_BODY_BYTES,
  LIST_QUERY,
  MEMORY_SET,
  MEMORY_SET_DOCUMENT,
  MEMORY_SET_ROW,
  page,
} from '../documents.js';
import { memoriesOf } from '../memory-source.js';
import { pickMedia } from '../pick-media.js';

const NPY = 'application/octet-stream';
const tags = ['memory sets'];

/** The routes in a scope of their own: nowhere else is a body that is no JSON read. */
export async function memoryScope(app: App, context: RouteContext): Promise<void> {
  await app.register(async (scope) => {
    scope.addContentTypeParser(NPY, { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    );
    memoryRoutes(scope, context);
  });
}

function memoryRoutes(app: App, { lab }: RouteContext): void {
  app.get(
    '/v1/memory-sets',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'listMemorySets',
        summary: 'Built-in sets, then stored ones, newest first',
        querystring: Type.Object(LIST_QUERY, { additionalProperties: false }),
        response: answers({ 200: page(MEMORY_SET_ROW, 'MemorySetPage') }),
      },
    },
    async (request) => {
      const { limit = DEFAULT_LIMIT, cursor } = request.query;
      const stored = await lab.library.list('memory-sets', { limit, ...given({ cursor }) });
      const builtins =
        cursor === undefined
          ? listBuiltins().map((set) => ({ ...set, id: set.name, builtin: true }))
          : [];
      return {
        items: [
          ...builtins,
          ...stored.items.map(({ id, summary }) => ({
            name: 'memories',
            patterns: 0,
            shape: [],
            description: null,
            ...summary,
            id,
            builtin: false,
          })),
        ],
        next: stored.next,
      };
    },
  );

  app.post(
    '/v1/memory-sets',
    {
      bodyLimit: LARGE_BODY_BYTES,
      config: { scope: 'jobs' },
      schema: {
        tags,
        operationId: 'saveMemorySet',
        summary: 'Stores a set; its id is its hash, so the same set is stored once',
        description:
          'A JSON document, or a .npy of shape [P, N] (or [P, rows, columns]) as application/octet-stream, its name in the query.',
        querystring: Type.Object(
          { name: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })) },
          { additionalProperties: false },
        ),
        body: {
          content: {
            'application/json': { schema: MEMORY_SET_DOCUMENT },
            [NPY]: { schema: BYTES },
          },
        },
        response: answers({ 201: MEMORY_SET_ROW }),
      },
    },
    async (request, reply) => {
      const { name } = request.query;
      const named = name === undefined ? {} : { name };
      const { body } = request;
      if (body === undefined || body === null) {
        throw new RelaxdError('invalid-input', 'the body: expected a memory set, got nothing', {
          path: '',
          hint: `send it as application/json or ${NPY}; docs/formats/memory-set.md`,
        });
      }
      const set = Buffer.isBuffer(body)
        ? memorySetFromNpy(body, named)
        : readMemorySet(body, named);
      const id = memorySetHash(set);
      await lab.library.saveMemorySet(memorySetDocument(set));
      void reply.code(201).header('location', `/v1/memory-sets/${id}`);
      return {
        id,
        name: set.name,
        builtin: false,
        patterns: set.patterns.length,
        shape: set.shape,
        description: null,
      };
    },
  );

  app.get(
    '/v1/memory-sets/:id',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'getMemorySet',
        summary: "A set by a built-in's name (also letters:A,B) or a stored set's id",
        params: Type.Object({ id: Type.String() }),
        response: {
          ...mediaAnswers({ 'application/json': MEMORY_SET, [NPY]: BYTES }),
          ...answers({ 304: null }),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const set = builtinMemories(id) ?? (await memoriesOf(id, lab));
      const hash = memorySetHash(set);
      const media = pickMedia(request.headers.accept, ['application/json', NPY]);
      void reply.header('vary', 'accept');
      if (media === NPY) {
        void reply.type(NPY);
        return sendTagged(
          reply,
          request.headers['if-none-match'],
          `"${hash}.npy"`,
          Buffer.from(memorySetNpy(set)),
        );
      }
      const document = { id: hash, ...memorySetDocument(set) };
      return sendTagged(reply, request.headers['if-none-match'], `"${hash}"`, document);
    },
  );
}
