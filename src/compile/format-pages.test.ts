import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  PROGRAM_SCHEMA,
  programDocument,
  readProgram,
  validateProgram,
  type Descriptor,
} from '../device/index.js';
import { memorySet } from '../memory/index.js';
import { CERTIFICATE_SCHEMA, readCertificate } from './certificate.js';
import { compileProgram } from './compile-program.js';
import { circuitDescriptor, spinDescriptor } from './descriptors.test-support.js';

const page = (name: string): string =>
  readFileSync(new URL(`../../docs/formats/${name}.md`, import.meta.url), 'utf8');

/** The first JSON block of a page. */
function example(name: string): unknown {
  const block = /```json\n([\s\S]*?)```/.exec(page(name));
  return JSON.parse(block![1]!);
}

/** Every name of a member anywhere in a schema. */
function memberNames(schema: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(schema)) schema.forEach((part) => memberNames(part, found));
  else if (typeof schema === 'object' && schema !== null) {
    for (const [key, value] of Object.entries(schema)) {
      if (key === 'properties') Object.keys(value as object).forEach((name) => found.add(name));
      memberNames(value, found);
    }
  }
  return found;
}

const sameShape = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sameShape);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, sameShape(part)]));
};

describe('docs/formats/program.md', () => {
  it('has an example that is a program, and that reads back to the same document', () => {
    const program = readProgram(example('program'));
    expect(readProgram(programDocument(program))).toEqual(program);
    expect(validateProgram(program, spinDescriptor())).toEqual([]);
  });

  it('speaks of every member of the schema', () => {
    const text = page('program');
    for (const name of memberNames(PROGRAM_SCHEMA)) {
      expect(text.includes(`\`${name}\``) || text.includes(`"${name}"`), name).toBe(true);
    }
  });

  it('says what happens to unknown fields, and that is what happens', () => {
    expect(page('program')).toContain('unknown-field');
    expect(() => readProgram({ ...(example('program') as object), sitez: 8 })).toThrowError(
      /sitez: unknown field/,
    );
  });
});

describe('docs/formats/descriptor.md', () => {
  it('has an example with the members of a descriptor, which can be compiled for', () => {
    const descriptor = example('descriptor') as Descriptor;
    expect(Object.keys(descriptor).sort()).toEqual(Object.keys(circuitDescriptor()).sort());
    for (const member of [
      'sites',
      'couplings',
      'fields',
      'wells',
      'dynamics',
      'readout',
    ] as const) {
      expect(Object.keys(descriptor[member]!).sort()).toEqual(
        Object.keys(circuitDescriptor()[member]!).sort(),
      );
    }
    const text = page('descriptor');
    for (const name of memberNames({ properties: descriptor })) {
      expect(text.includes(`\`${name}\``) || name === 'version', name).toBe(true);
    }
  });
});

describe('docs/formats/certificate.md', () => {
  const memories = memorySet({
    name: 'two-of-eight',
    patterns: [
      [1, 1, 1, 1, 1, 1, 1, 1],
      [1, -1, 1, -1, 1, -1, 1, -1],
    ],
  });

  it('has an example that is the certificate of its program', () => {
    const shown = readCertificate(example('certificate'));
    const { certificate } = compileProgram({
      memories,
      rule: 'hebb',
      descriptor: example('descriptor') as Descriptor,
      corrupt: 0.125,
    });
    expect(shown.memories).toEqual(certificate.memories);
    expect(shown.descriptor).toBe(certificate.descriptor);
    expect(sameShape(shown)).toEqual(sameShape(certificate));
    expect(shown.losses.map((loss) => loss.kind)).toEqual(
      certificate.losses.map((loss) => loss.kind),
    );
    expect(shown.scale).toBeCloseTo(certificate.scale, 9);
    shown.predictions.forEach((row, k) => {
      expect(row.overlap.value).toBeCloseTo(certificate.predictions[k]!.overlap.value, 6);
      expect(row.success!.value).toBeCloseTo(certificate.predictions[k]!.success!.value, 6);
    });
  });

  it('speaks of every member of the schema, and refuses others', () => {
    const text = page('certificate');
    for (const name of memberNames(CERTIFICATE_SCHEMA)) {
      expect(text.includes(`\`${name}\``), name).toBe(true);
    }
    expect(() => readCertificate({ ...(example('certificate') as object), grade: 1 })).toThrowError(
      /grade: unknown field/,
    );
  });
});
