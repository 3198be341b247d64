import { throwViolations, Type } from '../../core/index.js';
import {
  RETENTION_SCHEMA,
  retentionSettings,
  retentionViolations,
  type GivenRetention,
  type RetentionRule,
} from '../../lab/index.js';
import { answers } from '../answers.js';
import type { App, RouteContext } from '../context.js';
import { closed, nullable } from '../documents.js';
import { stated } from '../given.js';
import { actionNamed } from '../named.js';
import { actorOf, callerOf } from '../principal.js';

const open = { additionalProperties: true } as const;
const text = Type.String();
const count = Type.Integer({ minimum: 0 });
const time = Type.String({ description: 'ISO 8601, UTC' });
const names = nullable(Type.Array(text));
const RULE = Type.Object(
  {
    name: text,
    devices: names,
    kinds: names,
    origins: names,
    olderThanDays: nullable(Type.Number()),
    mostBytes: nullable(Type.Integer()),
    keepLast: nullable(Type.Integer()),
  },
  { title: 'RetentionRule', ...open, description: 'docs/formats/configuration.md' },
);
const TOTAL = Type.Object({ runs: count, bytes: count }, { title: 'RecordTotal', ...open });
const REPORT = Type.Object(
  {
    at: time,
    deleted: TOTAL,
    kept: Type.Array(Type.Object({ run: text, rule: text, why: text }, open), {
      description: 'what a rule wanted to go and stays; at most 1,000',
    }),
  },
  { title: 'RetentionReport', ...open },
);
const RETENTION = Type.Object(
  {
    rules: Type.Array(RULE, { description: 'empty: every record is kept for ever' }),
    everyS: Type.Number(),
    last: nullable(REPORT),
  },
  { title: 'Retention', ...open },
);
const PREVIEW = Type.Object(
  {
    version: Type.Literal(1),
    kind: Type.Literal('retention-preview'),
    at: time,
    rules: Type.Array(RULE),
    records: TOTAL,
    goes: TOTAL,
    held: TOTAL,
    items: Type.Array(
      Type.Object(
        {
          run: text,
          job: text,
          device: text,
          origin: text,
          kind: text,
          endedAt: time,
          rows: count,
          bytes: count,
          held: nullable(Type.String({ description: 'why it stays; null: it goes' })),
          rule: text,
        },
        open,
      ),
    ),
    more: count,
  },
  { title: 'RetentionPreview', ...open },
);
const PREVIEW_BODY = Type.Object(
  {
    rules: Type.Optional(
      Type.Array(RETENTION_SCHEMA.properties.rules.items, {
        maxItems: 100,
        description: 'others than those in force, to see what they would do',
      }),
    ),
    limit: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 1000, description: 'of items; 1,000 where left out' }),
    ),
  },
  { title: 'RetentionPreviewBody', ...closed },
);
const tags = ['retention'];

/** Which records go, when, and what would go now. */
export function retentionRoutes(app: App, { lab }: RouteContext): void {
  app.get(
    '/v1/retention',
    {
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'getRetention',
        summary: 'The rules by which records are deleted, and what the last pass did',
        response: answers({ 200: RETENTION }),
      },
    },
    async () => lab.retention.view,
  );

  app.post(
    '/v1/retention/preview',
    {
      config: { scope: 'read', audit: false },
      schema: {
        tags,
        operationId: 'previewRetention',
        summary: 'What the rules would delete now, and what is held from them; changes nothing',
        body: PREVIEW_BODY,
        response: answers({ 200: PREVIEW }),
      },
    },
    async (request) => {
      const { rules, limit } = stated(request.body);
      return lab.retention.preview(rules === undefined ? undefined : rulesOf({ rules }), limit);
    },
  );

  app.post(
    '/v1/retention/actions/:action',
    {
      config: { scope: 'maintenance' },
      schema: {
        tags,
        operationId: 'actOnRetention',
        summary: 'apply: deletes now what the rules in force want to go',
        description:
          'Each deletion is an entry of the audit log (record-deleted) and leaves a statement in the run and its documents.',
        params: Type.Object({ action: Type.String() }),
        response: answers({ 200: REPORT }),
      },
    },
    async (request) => {
      actionNamed(request.params.action, ['apply'], 'retention has');
      return lab.retention.apply(actorOf(callerOf(request.principal)));
    },
  );
}

function rulesOf(given: GivenRetention): readonly RetentionRule[] {
  throwViolations('invalid-input', 'retention', retentionViolations(given, 'rules'));
  return retentionSettings(given).rules;
}
