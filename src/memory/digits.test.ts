import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { digits } from './digits.js';
import { memorySetHash } from './memory-set.js';
import { loadMnist } from './mnist.js';

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

describe('MNIST', () => {
  it('has 10,000 pictures to test on and 60,000 to train on, of 28×28', () => {
    const test = loadMnist('test');
    expect(test).toMatchObject({ count: 10000, rows: 28, columns: 28 });
    expect(test.images).toHaveLength(10000 * 784);
    expect([...test.labels.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
    const train = loadMnist('train');
    expect(train.count).toBe(60000);
    expect(train.images).toHaveLength(60000 * 784);
    expect([...train.labels.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
    // Elements of the standard files, headers left out.
    expect(md5(test.labels)).toBe('073c3904dfbd3e141ff8aa01cfde6b15');
    expect(md5(train.images)).toBe('6510e85a72c3e9475c492d559d3770d2');
  });

  it('is read in part where only the first pictures are asked for', () => {
    const [few, all] = [loadMnist('test', 7), loadMnist('test')];
    expect(few.count).toBe(7);
    expect(few.images).toEqual(all.images.subarray(0, 7 * 784));
    expect(few.labels).toEqual(all.labels.subarray(0, 7));
  });
});

describe('the digits', () => {
  it('are one of each class, with ink +1', () => {
    const set = digits();
    expect(set.labels).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(set.shape).toEqual([28, 28]);
    const ink = set.patterns.map((pattern) => pattern.filter((spin) => spin === 1).length);
    for (const sites of ink) {
      expect(sites).toBeGreaterThan(30);
      expect(sites).toBeLessThan(250);
    }
    expect(Math.min(...ink)).toBe(ink[1]);
  });

  it('are training pictures of their class, each more like its own class than like any other', () => {
    const train = loadMnist('train', 3000);
    const set = digits(['8', '3']);
    expect(set.labels).toEqual(['8', '3']);
    const spins = (k: number): string =>
      Array.from(train.images.subarray(784 * k, 784 * (k + 1)), (byte) =>
        byte > 127 ? 1 : -1,
      ).join();
    set.labels.forEach((label, mu) => {
      const pattern = set.patterns[mu]!.join();
      const found = [...train.labels.keys()].filter((k) => spins(k) === pattern);
      expect(found.map((k) => train.labels[k])).toEqual([Number(label)]);
    });
    // Nearest class mean by the angle, over all the pictures read and without centring.
    const means = Array.from({ length: 10 }, () => new Float64Array(784));
    for (let k = 0; k < train.count; k++) {
      for (let i = 0; i < 784; i++) means[train.labels[k]!]![i]! += train.images[784 * k + i]!;
    }
    const all = digits();
    all.patterns.forEach((pattern, digit) => {
      const cosines = means.map((mean) => {
        const length = Math.sqrt(mean.reduce((sum, v) => sum + v * v, 0));
        return mean.reduce((sum, v, i) => sum + (pattern[i] === 1 ? v : 0), 0) / length;
      });
      expect(cosines.indexOf(Math.max(...cosines))).toBe(digit);
    });
  });

  it('are the same on every machine', () => {
    expect(memorySetHash(digits())).toBe(
      'sha256:77b0ce3857aa436915b295f1b40ed1182b673e8d6495f37c6d967b85dc4a3797',
    );
  });
});
