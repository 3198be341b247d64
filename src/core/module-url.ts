import { existsSync } from 'node:fs';

/** Folder of the package that a module of relaxd lies in, compiled or not: the nearest with a package.json. Ends with `/`. */
export function packageRoot(importMetaUrl: string): URL {
  let folder = new URL('./', importMetaUrl);
  while (!existsSync(new URL('package.json', folder))) {
    const parent = new URL('../', folder);
    if (parent.href === folder.href) throw new Error(`no package.json above ${importMetaUrl}`);
    folder = parent;
  }
  return folder;
}

/**
 * The URL of a compiled module beside the caller's, for worker threads, which run JavaScript only. Under a
 * test runner that loads TypeScript sources the compiled twin lies under `dist/`; `npm test` builds first.
 *
 * @param importMetaUrl the caller's `import.meta.url`
 * @param relative path with ending `.js`, relative to the caller's file
 */
export function compiledUrl(importMetaUrl: string, relative: string): URL {
  const url = new URL(relative, importMetaUrl);
  if (!importMetaUrl.endsWith('.ts')) return url;
  const root = packageRoot(importMetaUrl);
  return new URL(`dist/${url.href.slice(root.href.length)}`, root);
}
