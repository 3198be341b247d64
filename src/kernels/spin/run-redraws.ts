import type { Engine } from '../engine.js';
import type { FlipRecord } from './flip-record.js';
import { runRedrawsReference } from './redraws-reference.js';
import type { Redraws } from './redraws.js';

/** Attempts and redraws up to the record's limit, as far as its budget goes and fields are fresh. */
export function runRedraws(engine: Engine, record: FlipRecord, redraws: Redraws): void {
  if (engine.raw === null) runRedrawsReference(record, redraws);
  else engine.raw.redraws(record.address, redraws.slots.byteOffset);
}
