import { describe, expect, it } from 'vitest';
import { pickMedia } from './pick-media.js';

describe('pickMedia', () => {
  it.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['application/x-npy', 'application/x-npy'],
    ['application/json;q=0.2, application/x-npy;q=0.9', 'application/x-npy'],
    ['application/*', 'application/json'],
    ['text/html', 'application/json'],
    ['application/x-npy;q=0', 'application/json'],
    ['APPLICATION/X-NPY', 'application/x-npy'],
    [', ;;, =', 'application/json'],
  ])('of JSON and npy, %s gets %s', (accept, media) => {
    expect(pickMedia(accept, ['application/json', 'application/x-npy'])).toBe(media);
  });
});
