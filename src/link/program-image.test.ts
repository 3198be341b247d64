import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RelaxdError } from '../core/index.js';
import {
  codesOf,
  CONTROL_CURVES,
  decodeImage,
  encodeImage,
  imageSites,
  valuesOfCodes,
  type ImageSections,
} from './program-image.js';

const f32 = fc.float({ noNaN: true, noDefaultInfinity: true });
const floats = (length: number) =>
  fc.array(f32, { minLength: length, maxLength: length }).map((a) => Float32Array.from(a));
const codes = (length: number) =>
  fc.record({
    codes: fc.int16Array({ minLength: length, maxLength: length }),
    scale: f32,
  });
const curve = fc
  .array(fc.tuple(f32, f32), { minLength: 1, maxLength: 5 })
  .map((points) => points.sort(([a], [b]) => a - b))
  .map((points) => ({
    t: Float32Array.from(points, ([t]) => t),
    value: Float32Array.from(points, ([, value]) => value),
  }));
const images: fc.Arbitrary<ImageSections> = fc.integer({ min: 1, max: 9 }).chain((n) =>
  fc.record(
    {
      n: fc.constant(n),
      couplings: codes((n * (n - 1)) / 2),
      fields: codes(n),
      quadratic: fc.oneof(floats(1), floats(n)),
      quartic: fc.oneof(floats(1), floats(n)),
      drives: fc.array(fc.record({ pattern: codes(n), curve }), { minLength: 1, maxLength: 3 }),
      controls: fc
        .record(Object.fromEntries(CONTROL_CURVES.map((name) => [name, curve])), {
          requiredKeys: [],
        })
        .filter((controls) => Object.keys(controls).length > 0),
      initial: codes(n),
      nodeTemperature: floats(n),
    },
    { requiredKeys: ['n'] },
  ),
);

/** Bytes, one section: n = 2, kind, index, content from byte 24 on. */
function one(kind: number, content: number[], more: Record<number, number> = {}): Uint8Array {
  const bytes = Uint8Array.from([
    ...[0x52, 0x58, 0x50, 0x31, 2, 0, 1, 0],
    ...[kind, 0, 0, 0, 24, 0, 0, 0, content.length, 0, 0, 0, 0, 0, 0x80, 0x3f],
    ...content,
  ]);
  for (const [at, value] of Object.entries(more)) bytes[Number(at)] = value;
  return bytes;
}

describe('a program image', () => {
  it('is the bytes of the page', () => {
    const bytes = encodeImage({
      n: 3,
      couplings: { codes: Int16Array.from([1, -2, 0x0304]), scale: 0.5 },
      controls: { coupling: { t: Float32Array.from([0]), value: Float32Array.from([1]) } },
    });
    expect(
      Buffer.from(bytes)
        .toString('hex')
        .match(/.{1,8}/g),
    ).toEqual([
      '52585031', // RXP1
      '03000200', // 3 sites, 2 sections
      '01000000', // COUPLINGS, 0
      '28000000', // at 40
      '06000000', // 6 bytes
      '0000003f', // x 0.5
      '07000100', // CONTROL_CURVE, coupling
      '30000000', // at 48: a multiple of 4 after 46
      '08000000',
      '0000803f', // x 1
      '0100feff', // J_01, J_02
      '04030000', // J_12, nothing
      '00000000', // t
      '0000803f', // value
    ]);
    expect(imageSites(bytes)).toBe(3);
  });

  it('comes back as it was', () => {
    fc.assert(
      fc.property(images, (image) => {
        expect(decodeImage(encodeImage(image))).toEqual(image);
      }),
    );
  });

  it('that is cut short is refused', () => {
    fc.assert(
      fc.property(images, fc.nat(), (image, at) => {
        const bytes = encodeImage(image);
        const sections = bytes[6]!;
        if (sections === 0) return;
        const row = 8 + 16 * (sections - 1);
        const view = new DataView(bytes.buffer);
        const end = view.getUint32(row + 4, true) + view.getUint32(row + 8, true);
        expect(() => decodeImage(bytes.subarray(0, at % end))).toThrow(RelaxdError);
      }),
    );
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['another beginning', one(2, [0, 0, 0, 0], { 3: 0x32 }), /begin with RXP1/],
    ['no sites', one(2, [0, 0, 0, 0], { 4: 0 }), /n: not a number of sites/],
    ['an unknown section', one(10, [0, 0, 0, 0]), /section 10\[0\]: not known/],
    ['a section not at a multiple of 4', one(2, [0, 0, 0, 0, 0, 0], { 12: 26 }), /multiple of 4/],
    ['a section on the table', one(2, [0, 0, 0, 0], { 12: 20 }), /lies on what comes before/],
    ['a section past the end', one(2, [0, 0, 0, 0], { 16: 8 }), /FIELDS\[0\]: goes past the end/],
    ['a wrong number of values', one(2, [0, 0]), /FIELDS\[0\]: 1 values/],
    ['an infinite value', one(3, [0, 0, 0x80, 0x7f]), /QUADRATIC\[0\]\[0\]: not finite/],
    ['half a point', one(7, [0, 0, 0, 0]), /a point has t and a value/],
    ['no point', one(7, []), /a point each/],
    ['an unknown control', one(7, [0, 0, 0, 0, 0, 0, 0, 0], { 10: 5 }), /no such control/],
    ['half a drive', one(5, [0, 0, 0, 0]), /drive 0: does not have both/],
    ['an index where there is one only', one(2, [0, 0, 0, 0], { 10: 1 }), /has one index/],
  ])('with %s is refused by name', (_, bytes, message) => {
    expect(() => decodeImage(bytes)).toThrow(message);
  });

  it('with a section twice is refused', () => {
    const twice = encodeImage({
      n: 2,
      fields: { codes: new Int16Array(2), scale: 1 },
      initial: { codes: new Int16Array(2), scale: 1 },
    });
    twice[8 + 16] = 2;
    expect(() => decodeImage(twice)).toThrow('FIELDS[0]: stands twice');
  });

  it('is not made of what the page does not allow', () => {
    const t = Float32Array.from([0, 2, 1]);
    expect(() => encodeImage({ n: 2, controls: { pump: { t, value: t } } })).toThrow(
      'controls.pump.t[2]: falls',
    );
    expect(() => encodeImage({ n: 3, fields: { codes: new Int16Array(2), scale: 1 } })).toThrow(
      'fields: 2 values',
    );
    expect(() => encodeImage({ n: 2, quartic: Float32Array.from([NaN]) })).toThrow('not finite');
    expect(() => encodeImage({ n: 0 })).toThrow('not a number of sites');
  });

  it('holds values within half a step of their scale', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true })), (values) => {
        const of = codesOf(values);
        const back = valuesOfCodes(of);
        expect(of.scale).toBe(Math.fround(of.scale));
        back.forEach((value, i) => {
          const step = Math.max(of.scale, 1e-33) * 0.5000001;
          if (of.scale !== 1) expect(Math.abs(value - values[i]!)).toBeLessThanOrEqual(step);
        });
        const largest = Math.max(0, ...values.map(Math.abs));
        if (largest > 1e-30) expect(Math.max(...of.codes.map(Math.abs))).toBe(32_767);
      }),
    );
  });
});
