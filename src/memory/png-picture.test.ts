import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { memorySet } from './memory-set.js';
import { memorySetPng, readPng, scalePicture, thresholdPicture } from './png-picture.js';

const light = (bytes: Uint8Array): number[] =>
  Array.from(readPng(bytes, 'p.png').light, (value) => Math.round(value * 1000) / 1000);

describe('a PNG is read as light from 0 to 1:', () => {
  it.each([1, 2, 4] as const)('grey with %i bits a sample, rows ending within a byte', (depth) => {
    const top = 2 ** depth - 1;
    const rowBytes = Math.ceil((3 * depth) / 8);
    const data = new Uint8Array(2 * rowBytes);
    const put = (x: number, y: number, value: number): void => {
      data[y * rowBytes + ((x * depth) >> 3)]! |= value << (8 - depth - ((x * depth) & 7));
    };
    put(1, 0, top);
    put(2, 1, top);
    put(0, 1, 1);
    const bytes = encode({ width: 3, height: 2, depth, channels: 1, data });
    expect(light(bytes)).toEqual([0, 1, 0, Math.round(1000 / top) / 1000, 0, 1]);
  });

  it('grey with 8 and 16 bits', () => {
    const bytes8 = encode({ width: 2, height: 1, channels: 1, data: Uint8Array.of(51, 255) });
    expect(light(bytes8)).toEqual([0.2, 1]);
    const data = Uint16Array.of(13107, 65535);
    expect(light(encode({ width: 2, height: 1, depth: 16, channels: 1, data }))).toEqual([0.2, 1]);
  });

  it('interlaced grey', () => {
    const data = Uint8Array.from({ length: 25 }, (_, i) => 10 * i);
    const bytes = encode({ width: 5, height: 5, channels: 1, data }, { interlace: 'Adam7' });
    expect(light(bytes)).toEqual(Array.from(data, (v) => Math.round((v / 255) * 1000) / 1000));
  });

  it('colours by their luma', () => {
    const data = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255);
    const bytes = encode({ width: 4, height: 1, channels: 3, data });
    expect(light(bytes)).toEqual([0.299, 0.587, 0.114, 1]);
  });

  it('what is transparent over white', () => {
    const grey = Uint8Array.of(0, 255, 0, 0, 0, 51);
    expect(light(encode({ width: 3, height: 1, channels: 2, data: grey }))).toEqual([0, 1, 0.8]);
    const colour = Uint8Array.of(0, 0, 0, 255, 255, 0, 0, 0);
    expect(light(encode({ width: 2, height: 1, channels: 4, data: colour }))).toEqual([0, 1]);
  });

  it('a palette, transparent entries included', () => {
    const palette = [
      [0, 0, 0, 0],
      [255, 255, 255, 255],
      [0, 0, 0, 255],
    ];
    const data = Uint8Array.of(0, 1, 2);
    const bytes = encode({ width: 3, height: 1, channels: 1, depth: 8, palette, data });
    expect(light(bytes)).toEqual([1, 1, 0]);
  });
});

describe('a PNG that cannot be used is refused by name:', () => {
  const good = encode({
    width: 9,
    height: 9,
    channels: 1,
    data: Uint8Array.from({ length: 81 }, (_, i) => i),
  });
  const changed = (at: number, value: number): Uint8Array => {
    const bytes = Uint8Array.from(good);
    bytes[at] = value;
    return bytes;
  };
  const bomb = changed(16, 0x7f);
  const cases: [string, Uint8Array][] = [
    ['an empty file', new Uint8Array(0)],
    ['a text', new TextEncoder().encode('this is no picture, whatever its name ends with')],
    ['a file cut off', good.subarray(0, good.length - 20)],
    ['a damaged byte', changed(good.length - 20, good[good.length - 20]! ^ 0x55)],
    ['a claim of two billion columns', bomb],
    ['no colour type that there is', changed(25, 9)],
    ['interlacing with fewer than 8 bits', changed(24, 4).map((byte, i) => (i === 28 ? 1 : byte))],
  ];
  it.each(cases)('%s', (_, bytes) => {
    expect(() => readPng(bytes, 'face.png')).toThrow(
      expect.objectContaining({
        code: 'image-unreadable',
        message: expect.stringContaining('face.png') as string,
      }) as Error,
    );
  });
});

describe('scaling by area', () => {
  it('keeps the mean light, and each new pixel is the mean of what it covers', () => {
    const picture = { rows: 2, columns: 4, light: Float64Array.of(0, 1, 1, 1, 1, 1, 0, 0) };
    expect([...scalePicture(picture, 1, 2).light]).toEqual([
      Math.round(0.75 * 65535) / 65535,
      Math.round(0.5 * 65535) / 65535,
    ]);
    const odd = scalePicture(picture, 1, 3);
    // Columns of 4/3: (0 + 1/3)/(4/3) = 1/4 in the upper row, 1 in the lower one.
    expect(odd.light[0]).toBeCloseTo(0.625, 4);
    expect([...odd.light].reduce((a, b) => a + b) / 3).toBeCloseTo(5 / 8, 4);
  });

  it('makes pictures larger, and leaves an even one even', () => {
    const even = { rows: 3, columns: 3, light: new Float64Array(9).fill(0.2) };
    expect(new Set(scalePicture(even, 7, 5).light).size).toBe(1);
    const step = { rows: 1, columns: 2, light: Float64Array.of(0, 1) };
    expect([...scalePicture(step, 2, 4).light]).toEqual([0, 0, 1, 1, 0, 0, 1, 1]);
  });
});

describe('thresholding at the median', () => {
  const spins = (...light: number[]): number[] => [
    ...thresholdPicture(
      { rows: 1, columns: light.length, light: Float64Array.from(light) },
      'x.png',
    ),
  ];
  it('lights what is lighter than the median', () => {
    expect(spins(0.1, 0.9, 0.3, 0.8)).toEqual([-1, 1, -1, 1]);
  });
  it('leaves what is at the median dark', () => {
    expect(spins(0.5, 0.9, 0.5, 0.2, 0.5)).toEqual([-1, 1, -1, -1, -1]);
  });
  it('keeps a drawing on white paper: there what is at the median is lit', () => {
    expect(spins(1, 1, 0, 1, 0.5)).toEqual([1, 1, -1, 1, -1]);
  });
  it('refuses a picture without contrast', () => {
    expect(() => spins(0.5, 0.5, 0.5)).toThrow(
      expect.objectContaining({ code: 'image-unreadable' }) as Error,
    );
  });
});

describe('a memory as a PNG', () => {
  it('is one pixel a site, +1 white', () => {
    const set = memorySet({ shape: [2, 3], patterns: [[1, -1, 1, -1, -1, 1]] });
    const picture = readPng(memorySetPng(set, 0), 'memory');
    expect(picture).toMatchObject({ rows: 2, columns: 3 });
    expect([...picture.light]).toEqual([1, 0, 1, 0, 0, 1]);
  });
  it('is folded where it has one dimension', () => {
    const set = memorySet({ patterns: [[1, -1, 1, -1, -1]] });
    expect(readPng(memorySetPng(set, 0), 'memory')).toMatchObject({ rows: 2, columns: 3 });
  });
  it('is refused where there is none of that number', () => {
    const set = memorySet({ patterns: [[1]] });
    expect(() => memorySetPng(set, 1)).toThrow(
      expect.objectContaining({ code: 'invalid-input' }) as Error,
    );
  });
});
