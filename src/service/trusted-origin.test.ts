import { describe, expect, it } from 'vitest';
import { checkOrigin, isLoopback } from './trusted-origin.js';

const request = { method: 'GET', upgrade: false, host: '127.0.0.1:7070', origin: undefined };

describe('checkOrigin', () => {
  it.each([
    [{ ...request }, '127.0.0.1'],
    [{ ...request, host: 'localhost:7070' }, '127.0.0.1'],
    [{ ...request, host: '[::1]:7070' }, '::1'],
    [{ ...request, method: 'POST', origin: 'http://127.0.0.1:7070' }, '127.0.0.1'],
    [{ ...request, upgrade: true, origin: 'http://127.0.0.1:7070' }, '127.0.0.1'],
    // A page may read what it may not change: the browser keeps the answer from it.
    [{ ...request, origin: 'http://elsewhere.example' }, '127.0.0.1'],
    // Away from loopback any host name may be the service's.
    [{ ...request, host: 'lab.example' }, '0.0.0.0'],
    [{ ...request, host: 'lab.example', method: 'POST', origin: 'http://lab.example' }, '0.0.0.0'],
    [{ ...request, host: 'lab.example', method: 'POST', origin: 'https://LAB.example' }, '0.0.0.0'],
  ])('lets %j on %s pass', (given, bound) => {
    expect(() => checkOrigin(given, bound)).not.toThrow();
  });

  it.each([
    [{ ...request, host: 'evil.example' }, '127.0.0.1'],
    [{ ...request, host: '127.0.0.1.evil.example' }, '127.0.0.1'],
    [{ ...request, host: undefined }, '127.0.0.1'],
    [{ ...request, host: 'a b' }, 'localhost'],
    [{ ...request, method: 'POST', origin: 'http://127.0.0.1:8080' }, '127.0.0.1'],
    [{ ...request, method: 'POST', origin: 'null' }, '127.0.0.1'],
    [{ ...request, upgrade: true, origin: 'http://evil.example' }, '127.0.0.1'],
    [{ ...request, upgrade: true, origin: 'http://evil.example' }, '0.0.0.0'],
  ])('refuses %j on %s', (given, bound) => {
    expect(() => checkOrigin(given, bound)).toThrow(
      expect.objectContaining({ code: 'origin-refused' }) as Error,
    );
  });

  it('knows what only this machine can reach', () => {
    expect(
      ['127.0.0.1', '127.1.2.3', '::1', '[::1]', 'localhost', 'a.localhost'].every(isLoopback),
    ).toBe(true);
    expect(['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'localhost.example'].some(isLoopback)).toBe(
      false,
    );
  });
});
