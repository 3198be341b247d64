import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkDocument } from '../core/index.js';
import { DRIVE_BODY_SCHEMA } from './drive-body.js';
import { readTradeOff, TRADE_OFF_SCHEMA } from './trade-off-document.js';

const page = (path: string): string =>
  readFileSync(new URL(`../../docs/${path}`, import.meta.url), 'utf8');
const examples = (text: string): Record<string, unknown>[] =>
  [...text.matchAll(/```json\n([\s\S]*?)```/g)].map(
    ([, json]) => JSON.parse(json!) as Record<string, unknown>,
  );

describe('docs/formats/drive.md', () => {
  it('has a body that is one, each of its members in the table, and no others', () => {
    const text = page('formats/drive.md');
    const { kind, device, ...own } = examples(text)[0]!;
    expect([kind, device]).toEqual(['drive', 'glauber']);
    expect(checkDocument(DRIVE_BODY_SCHEMA, own)).toEqual([]);
    const table = text.slice(0, text.indexOf('## The result'));
    for (const member of Object.keys(DRIVE_BODY_SCHEMA.properties)) {
      expect(table, member).toContain(`\`${member}\``);
    }
  });

  it('and docs/api.md has one too', () => {
    const [, json] = /-d '(\{"kind":"drive".*?\})'/.exec(page('api.md'))!;
    const { kind: _kind, device: _device, ...own } = JSON.parse(json!) as Record<string, unknown>;
    expect(checkDocument(DRIVE_BODY_SCHEMA, own)).toEqual([]);
  });
});

describe('docs/formats/trade-off.md', () => {
  it('has a record that is read, and refuses one of another version or with a member too many', () => {
    const [example] = examples(page('formats/trade-off.md'));
    expect(readTradeOff(example).rows).toHaveLength(2);
    expect(() => readTradeOff({ ...example, version: 2 })).toThrow();
    expect(checkDocument(TRADE_OFF_SCHEMA, { ...example, more: 1 }).map((v) => v.path)).toEqual([
      'more',
    ]);
  });
});
