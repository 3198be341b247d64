/** Writes docs/theory.md from the catalogue of theories of the last build. */
import { writeFileSync } from 'node:fs';
import { theoryPage, THEORIES } from '../dist/src/model/theory/catalogue/index.js';

writeFileSync('docs/theory.md', theoryPage(THEORIES));
