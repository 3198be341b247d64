#!/usr/bin/env node
import type * as Whole from './command-line.js';
import { compiledUrl } from './core/module-url.js';

/** The whole command line, from the bundle where there is one: docs/decisions/0095. */
const whole = compiledUrl(import.meta.url, './command-line.js');
process.exitCode = await ((await import(whole.href)) as typeof Whole).commandLine();
