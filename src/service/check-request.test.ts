import { describe, expect, it } from 'vitest';
import { RelaxdError, Type } from '../core/index.js';
import { requestValidator } from './check-request.js';

const schema = Type.Object(
  {
    n: Type.Optional(Type.Integer({ minimum: 1 })),
    x: Type.Optional(Type.Number()),
    on: Type.Optional(Type.Boolean()),
    name: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);

describe('requestValidator', () => {
  it('reads numbers and truth values out of a query, and only those', () => {
    const read = requestValidator(schema, 'querystring');
    expect(read({ n: '7', x: '-1.5e-3', on: 'true', name: '7' })).toEqual({
      value: { n: 7, x: -0.0015, on: true, name: '7' },
    });
    for (const bad of ['', ' 7', '0x7', '7px', 'Infinity', 'NaN', '1e999', ['1', '2']]) {
      expect(read({ x: bad }), JSON.stringify(bad)).toHaveProperty('error');
    }
  });

  it('coerces nothing in a body', () => {
    const read = requestValidator(schema, 'body');
    expect(read({ n: 7 })).toEqual({ value: { n: 7 } });
    for (const bad of [
      { n: '7' },
      { n: true },
      { on: 'true' },
      { on: 0 },
      { name: 7 },
      [],
      'text',
    ]) {
      expect(read(bad), JSON.stringify(bad)).toHaveProperty('error');
    }
  });

  it('names every violation with path, value and limit', () => {
    const answer = requestValidator(schema, 'body')({ n: 0, colour: 'red' });
    const { error } = answer as { error: RelaxdError };
    expect(error).toBeInstanceOf(RelaxdError);
    expect(error.code).toBe('invalid-input');
    expect(error.details).toMatchObject({
      in: 'body',
      violations: [
        { path: 'n', value: 0, limit: [1, null] },
        { path: 'colour', code: 'unknown-field', value: 'red' },
      ],
    });
  });

  it('a body that is not there is one without members', () => {
    expect(requestValidator(schema, 'body')(null)).toEqual({ value: {} });
  });
});
