/**
 * The campaign of the HTTP API (test/service/fuzz-api.ts): `npm run campaign -- api [--seed S] [--runs N]`. Makes up N requests for each
 * operation of the service's own OpenAPI document, 400 without; exit code 1, with seed, request and answer, where one is answered
 * with a defect, not as documented, or accepted although it was spoilt.
 */
import { resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string', default: '1' }, runs: { type: 'string', default: '400' } },
});
const path = resolve(import.meta.dirname, '../dist/test/service/fuzz-test-service.js');
const { fuzzTestService } = await import(pathToFileURL(path).href);
const startMs = performance.now();
const { operations, requests, accepted, spoilt } = await fuzzTestService({
  seed: Number(values.seed),
  runs: Number(values.runs),
});
console.log(
  `${operations} operations, ${requests} requests: none answered with a defect, each as documented; ` +
    `${accepted} done as asked, ${spoilt} spoilt ones of those refused; ${((performance.now() - startMs) / 1000).toFixed(0)} s`,
);
