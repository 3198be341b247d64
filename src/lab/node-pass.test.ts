import { describe, expect, it } from 'vitest';
import { NodePass } from './node-pass.js';
import type { NodeRow } from './shared-store.js';

const node = (token: number): NodeRow => ({
  token,
  id: `n${token}`,
  name: `node ${token}`,
  address: '',
});
const passOf = (lab: string, nodes: readonly NodeRow[]): NodePass =>
  new NodePass({ labId: async () => lab, nodes: async () => nodes });

describe('NodePass', () => {
  it('is good for a node of the same lab that is here, and for nothing else', async () => {
    const here = passOf('lab', [node(3), node(4)]);
    const pass = await passOf('lab', []).make(4);
    expect(await here.read(pass)).toEqual(node(4));
    // Its lease has run out; another lab's; another token under the same seal; no pass at all.
    expect(await here.read(await here.make(5))).toBeNull();
    expect(await here.read(await passOf('other', []).make(4))).toBeNull();
    expect(await here.read(pass.replace(/^4/, '3'))).toBeNull();
    for (const text of ['', '4', '4.', `4.${'A'.repeat(42)}`, `4.${'A'.repeat(44)}`, `-1${pass}`]) {
      expect(await here.read(text)).toBeNull();
    }
  });
});
