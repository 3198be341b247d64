import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../core/index.js';
import { INITIAL_CREDIT, MOST_CREDIT, readClientMessage, SUBPROTOCOL } from './messages.js';
import { MOST_SUBSCRIPTIONS } from './stream-socket.js';

const page = await readFile(
  new URL('docs/formats/stream.md', packageRoot(import.meta.url)),
  'utf8',
);

describe('docs/formats/stream.md', () => {
  it('every message of a viewer on the page is one that the service reads', () => {
    const messages = [...page.matchAll(/^\| `(\{"op":.*?\})` \|/gm)].map(([, text]) => text!);
    expect(messages).toHaveLength(3);
    for (const text of messages) {
      expect(readClientMessage(text.replace('01J…', '01J'))).toMatchObject(
        JSON.parse(text.replace('01J…', '01J')) as object,
      );
    }
  });

  it('the limits on the page are those of the service', () => {
    expect(page).toContain(`subprotocol \`${SUBPROTOCOL}\``);
    expect(page).toContain(`(${INITIAL_CREDIT} where left out`);
    expect(page).toContain(`never holds more than ${MOST_CREDIT.toLocaleString('en')}`);
    expect(page).toContain(`more than ${MOST_SUBSCRIPTIONS} subscriptions`);
  });
});

describe('readClientMessage', () => {
  it('fills in what a subscribe leaves out, and takes null as left out', () => {
    expect(readClientMessage('{"op":"subscribe","id":"1","topic":"jobs","from":null}')).toEqual({
      op: 'subscribe',
      id: '1',
      topic: 'jobs',
      policy: null,
      from: null,
      credit: INITIAL_CREDIT,
    });
  });

  it('says in a line what is wrong', () => {
    expect(readClientMessage('{"op":"credit","id":"1","n":"2"}')).toBe(
      'n: expected an integer, got a string',
    );
    expect(readClientMessage('{"op":"constructor"}')).toContain('subscribe, credit, unsubscribe');
  });
});
