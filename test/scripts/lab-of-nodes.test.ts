import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../src/config.js';
import { postgresMissing } from '../support/postgres-server.js';
import { redisMissing } from '../support/redis-server.js';

const root = new URL('../../', import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const missing = postgresMissing ?? redisMissing;

type Yaml = { readonly [key: string]: Yaml } | readonly Yaml[] | string | null;

/** The YAML that our files use: mappings and lists by indentation, lists in brackets, text with or without quotes. */
function readYaml(source: string): Yaml {
  const lines = source
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.trim().startsWith('#'))
    .map((line) => ({ indent: line.length - line.trimStart().length, text: line.trim() }));
  let at = 0;
  const scalar = (value: string): Yaml => {
    if (value.startsWith('[')) return JSON.parse(value.replaceAll("'", '"')) as Yaml;
    return /^'.*'$/.test(value) ? value.slice(1, -1) : value;
  };
  const block = (indent: number): Yaml => {
    if (lines[at]?.text.startsWith('- ') === true) {
      const list: Yaml[] = [];
      while (lines[at]?.indent === indent && lines[at]!.text.startsWith('- ')) {
        const item = lines[at]!.text.slice(2);
        if (/^[\w-]+:( |$)/.test(item)) {
          lines[at] = { indent: indent + 2, text: item };
          list.push(block(indent + 2));
        } else {
          at++;
          list.push(scalar(item));
        }
      }
      return list;
    }
    const map: Record<string, Yaml> = {};
    while (lines[at]?.indent === indent) {
      const match = /^([\w.-]+):(?: (.*))?$/.exec(lines[at]!.text);
      if (match === null) throw new Error(`not read: ${lines[at]!.text}`);
      at++;
      const [, key, value] = match;
      if (value !== undefined) map[key!] = scalar(value);
      else map[key!] = (lines[at]?.indent ?? 0) > indent ? block(lines[at]!.indent) : null;
    }
    return map;
  };
  const document = block(0);
  if (at < lines.length) throw new Error(`not read: ${lines[at]!.text}`);
  return document;
}

interface Service {
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
}

describe('docker-compose.yml', () => {
  const compose = readYaml(text('docker-compose.yml')) as unknown as {
    readonly services: Readonly<Record<string, Service>>;
    readonly volumes: Readonly<Record<string, null>>;
  };
  const { services } = compose;

  it('starts a database, Redis, two nodes, a board, Prometheus and Grafana', () => {
    expect(Object.keys(services).sort()).toEqual([
      'board',
      'grafana',
      'node-1',
      'node-2',
      'postgres',
      'prometheus',
      'redis',
    ]);
  });

  it('names only files, volumes and services that there are', () => {
    for (const { volumes = [], depends_on: needs = {} } of Object.values(services)) {
      for (const volume of volumes) {
        const [from] = volume.split(':') as [string];
        if (from.startsWith('.')) expect(existsSync(new URL(from, root)), from).toBe(true);
        else expect(compose.volumes).toHaveProperty([from]);
      }
      for (const name of Object.keys(needs)) expect(services).toHaveProperty([name]);
    }
    const targets = text('deploy/prometheus.yml').match(/[\w-]+:7070/g)!;
    expect(targets).toEqual(['node-1:7070', 'node-2:7070']);
  });

  it('gives its nodes configurations that relaxd reads, and a board that is there', async () => {
    for (const name of ['node-1', 'node-2']) {
      const { command, environment } = services[name]!;
      expect(command!.slice(0, 3)).toEqual(['node', 'dist/src/main.js', 'serve']);
      expect(command).toContain(`/etc/relaxd/${name}.json`);
      const configuration = await readConfiguration(new URL(`deploy/${name}.json`, root).pathname);
      expect(configuration.node).toEqual({ name, address: `http://${name}:7070` });
      for (const url of Object.values(environment!)) {
        expect(services).toHaveProperty([new URL(url).hostname]);
      }
      for (const { options } of configuration.devices ?? []) {
        const [host, port] = String(options?.['tcp']).split(':') as [string, string];
        expect(services[host]!.command!.at(-1)).toBe(`0.0.0.0:${port}`);
      }
    }
  });
});

describe.skipIf(missing !== null)(
  `scripts/lab-of-nodes.mjs${missing === null ? '' : `, left out: ${missing}`}`,
  () => {
    it('starts the same without Docker, and ends it', async () => {
      const script = new URL('scripts/lab-of-nodes.mjs', root).pathname;
      const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'pipe'] });
      const gone = once(child, 'exit');
      let said = '';
      await new Promise<void>((resolve, reject) => {
        for (const stream of [child.stdout, child.stderr]) {
          stream.setEncoding('utf8').on('data', (part: string) => {
            said += part;
            if (/^ready$/m.test(said)) resolve();
          });
        }
        child.once('exit', () => reject(new Error(said)));
      });
      const address = (name: string): string =>
        new RegExp(`^${name} +(\\S+)$`, 'm').exec(said)![1]!;
      const devices = async (): Promise<readonly { id: string; node?: string; link: string }[]> => {
        const response = await fetch(`${address('node-2')}/v1/devices`);
        return ((await response.json()) as { items: [] }).items;
      };
      let board;
      do board = (await devices()).find(({ id }) => id === 'bench-board');
      while (board?.link !== 'online');
      expect(board).toMatchObject({ node: 'node-1' });
      child.kill('SIGTERM');
      expect((await gone)[0]).toBe(0);
      await expect(fetch(`${address('node-1')}/healthz`)).rejects.toThrow();
    }, 120_000);
  },
);
