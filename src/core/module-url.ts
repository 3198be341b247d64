import { existsSync, readFileSync, statSync } from 'node:fs';

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

/** Files of the bundle that are loaded in place of compiled modules, by the modules' paths below `dist/`. */
type Bundled = Readonly<Record<string, string>>;

const DIST = '/dist/';
/** Whether this very module has been loaded from the bundle. */
const IN_BUNDLE = import.meta.url.includes(`${DIST}bundle/`);
const known = new Map<string, Bundled>();

/**
 * What the bundle under a `dist/` holds (scripts/bundle.mjs; docs/decisions/0095). Nothing where there is none, or where the
 * compiler has worked since it was made: then the modules themselves are newer.
 */
function readBundled(dist: string): Bundled {
  const list = new URL('bundle/modules.json', dist);
  const made = statSync(list, { throwIfNoEntry: false })?.mtimeMs;
  const compiled = statSync(new URL('.tsbuildinfo', dist), { throwIfNoEntry: false })?.mtimeMs;
  if (made === undefined || made < (compiled ?? 0)) return {};
  return JSON.parse(readFileSync(list, 'utf8')) as Bundled;
}

/** The URL to load a compiled module from: that of the bundle, where it holds the module. */
function fromBundle(url: URL): URL {
  const end = url.href.lastIndexOf(DIST);
  if (end < 0) return url;
  const dist = url.href.slice(0, end + DIST.length);
  let list = known.get(dist);
  if (list === undefined) known.set(dist, (list = readBundled(dist)));
  const file = list[url.href.slice(dist.length)];
  return file === undefined ? url : new URL(`bundle/${file}`, dist);
}

/**
 * The URL of a compiled module beside the caller's, for worker threads and processes, which run JavaScript only. Under a
 * test runner that loads TypeScript sources the compiled twin lies under `dist/`; `npm test` builds first.
 *
 * @param importMetaUrl the caller's `import.meta.url`
 * @param relative path with ending `.js`, relative to the caller's file
 */
export function compiledUrl(importMetaUrl: string, relative: string): URL {
  const url = new URL(relative, importMetaUrl);
  if (!importMetaUrl.endsWith('.ts')) return fromBundle(url);
  const root = packageRoot(importMetaUrl);
  return fromBundle(new URL(`dist/${url.href.slice(root.href.length)}`, root));
}

/**
 * The URL to load a driver's compiled module from. From the bundle by what has itself been loaded from it, or is TypeScript:
 * whoever has loaded single modules of relaxd goes on with these, so that a process has each of them once.
 */
export function driverUrl(compiled: URL): URL {
  return IN_BUNDLE || import.meta.url.endsWith('.ts') ? fromBundle(compiled) : compiled;
}
