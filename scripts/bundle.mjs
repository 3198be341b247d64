/**
 * Compiled modules in few files, under dist/bundle: what processes and threads of relaxd load when they start (docs/decisions/0095).
 * The compiled modules stay as they are, for all others. Answers how they are named in dist/bundle/modules.json, which is
 * written last: a bundle that is younger than dist/.tsbuildinfo is whole, and of what has been compiled.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { build } from 'vite';

const DIST = resolve('dist');
const OUT = join(DIST, 'bundle');
/** A driver from outside loads single modules of relaxd, and its process the same ones. */
const SINGLE = ['src/main.js', 'src/device/driver-process.js'];

const below = (folder) =>
  readdirSync(join(DIST, folder), { recursive: true })
    .filter((name) => name.endsWith('.js') && !/[.]test(-support)?[.]js$/.test(name))
    .map((name) => join(folder, name));

/** What is started by its URL: the command line, worker threads, processes, simulators; and drivers. */
function entries() {
  const started = ['src', 'drivers', 'firmware-sim'].flatMap(below).flatMap((module) => {
    const code = readFileSync(join(DIST, module), 'utf8');
    return [...code.matchAll(/compiledUrl\(import\.meta\.url, '([^']+\.js)'\)/g)].map(([, path]) =>
      join(dirname(module), path),
    );
  });
  const drivers = readdirSync(join(DIST, 'drivers'))
    .filter((name) => name !== 'template')
    .map((name) => join('drivers', name, 'index.js'));
  return [...new Set([...started, ...drivers])]
    .filter((module) => !SINGLE.includes(module) && existsSync(join(DIST, module)))
    .sort();
}

/** A module in the bundle goes on finding what lies beside it where it was compiled. */
const placesStay = {
  name: 'places-stay',
  transform(code, id) {
    if (!code.includes('import.meta.url') || id.endsWith('/core/module-url.js')) return null;
    const place = JSON.stringify(`../${relative(DIST, id)}`);
    return code.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`);
  },
};

/**
 * Node keeps the text of modules in memory, a byte a character where all are ASCII, else two. A character in strings, templates,
 * regular expressions and names may as well be written as its number.
 */
const asciiOnly = {
  name: 'ascii-only',
  generateBundle(_, files) {
    for (const file of Object.values(files)) {
      if (file.type === 'chunk') file.code = file.code.replace(/[^\0-\x7f]/g, escaped);
    }
  },
};
const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Makes the bundle of what lies in dist. */
export async function bundle() {
  rmSync(OUT, { recursive: true, force: true });
  const modules = Object.fromEntries(
    entries().map((module) => [
      module,
      `${module.slice(0, -'.js'.length).replaceAll('/', '.')}.js`,
    ]),
  );
  await build({
    configFile: false,
    logLevel: 'warn',
    plugins: [placesStay, asciiOnly],
    ssr: { target: 'node' },
    build: {
      ssr: true,
      target: 'node20',
      minify: false,
      outDir: OUT,
      copyPublicDir: false,
      rolldownOptions: {
        input: Object.fromEntries(
          Object.entries(modules).map(([module, file]) => [file.slice(0, -3), join(DIST, module)]),
        ),
        external: (id) => !/^[./]/.test(id),
        // Half of the text are comments.
        output: {
          entryFileNames: '[name].js',
          chunkFileNames: '[name]-[hash].js',
          comments: false,
        },
      },
    },
  });
  writeFileSync(join(OUT, 'modules.json'), `${JSON.stringify(modules, null, 2)}\n`);
}
