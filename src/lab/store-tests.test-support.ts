import { it } from 'vitest';

/** Tests of a store, each with a new, empty one that it closes. */
export const storeTests =
  <S extends AsyncDisposable>(open: () => Promise<S>) =>
  (sentence: string, test: (store: S) => Promise<void>): void => {
    it(sentence, async () => {
      const store = await open();
      try {
        await test(store);
      } finally {
        await store[Symbol.asyncDispose]();
      }
    });
  };
