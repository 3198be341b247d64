/**
 * Work that looks at everything: asked for by each of many that change something at the same moment, it is done once for all of
 * them, before whoever made one of the changes goes on.
 */
export function onceATurn(work: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    queueMicrotask(() => {
      asked = false;
      work();
    });
  };
}
