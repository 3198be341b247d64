import { addRowReference } from '../row/add-row.js';
import { DESCENT_NUMBER, type DescentArrays } from './descent-arrays.js';

/** What flipping site i costs, halved. */
function margin(arrays: DescentArrays, i: number): number {
  const { state, fields, external, barriers, numbers, atoms } = arrays;
  const bare = state[i]! * (fields[i]! * numbers[DESCENT_NUMBER.unit]! + external[i]!);
  if (atoms === null) return bare + barriers[i]!;
  const x = atoms.forces[2 * i]!;
  const y = atoms.forces[2 * i + 1]!;
  return bare + (barriers[i]! + (x * x + y * y) / atoms.stiffness);
}

/** The site of the least margin below −rest, the lowest index at a tie; −1: none is. */
export function leastSiteReference(arrays: DescentArrays): number {
  let least = -arrays.numbers[DESCENT_NUMBER.rest]!;
  let site = -1;
  for (let i = 0; i < arrays.sites; i++) {
    const here = margin(arrays, i);
    if (here < least) {
      least = here;
      site = i;
    }
  }
  return site;
}

export function descendReference(arrays: DescentArrays, most: number): number {
  const { sitesOut, fieldsOut, fields } = arrays;
  let count = 0;
  for (let site = leastSiteReference(arrays); site >= 0 && count < most; count++) {
    sitesOut[count] = site;
    fieldsOut[count] = fields[site]!;
    flip(arrays, site);
    site = leastSiteReference(arrays);
  }
  return count;
}

export function unstableSitesReference(arrays: DescentArrays, flipped: number): number {
  if (flipped >= 0) flip(arrays, flipped);
  const rest = arrays.numbers[DESCENT_NUMBER.rest]!;
  let count = 0;
  for (let i = 0; i < arrays.sites; i++) {
    if (margin(arrays, i) < -rest) arrays.sitesOut[count++] = i;
  }
  return count;
}

function flip({ state, fields, rows, sites, atoms }: DescentArrays, site: number): void {
  const spin = -state[site]!;
  state[site] = spin;
  if (rows.kind === 'dense') {
    addRowReference(fields, rows.rows, site * rows.stride, sites, 2 * spin);
  } else if (rows.kind === 'sparse') {
    for (let k = rows.starts[site]!; k < rows.starts[site + 1]!; k++) {
      const j = rows.neighbours[k]!;
      fields[j] = fields[j]! + 2 * spin * rows.rows[k]!;
    }
  }
  if (atoms !== null) {
    addRowReference(atoms.forces, atoms.pulls, 2 * site * sites, 2 * sites, 2 * spin);
  }
}
