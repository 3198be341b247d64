import { Type } from '../../core/index.js';
import { CALIBRATE_BODY_SCHEMA } from '../job/calibrate-body.js';

const maybe = Type.Optional;

/** Samples from which velocities are taken, where a body does not say. */
export const USUAL_LAG = 1;

/**
 * Body of a `dissipation` job, without the fields that all jobs have. `program` is a program document or the hash of a stored one; its shots are
 * what the records are made of. References say what the calibration does not, as the body of `calibrate` has them.
 */
export const DISSIPATION_BODY_SCHEMA = Type.Object(
  {
    program: Type.Union([Type.String({ pattern: '^sha256:[0-9a-f]{64}$' }), Type.Object({})]),
    shots: maybe(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    lag: maybe(Type.Integer({ minimum: 1, maximum: 1000 })),
    calibration: maybe(Type.Object({}, { additionalProperties: true })),
    references: maybe(CALIBRATE_BODY_SCHEMA.properties.references),
    seed: maybe(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  },
  { additionalProperties: false },
);
export type DissipationBody = Type.Static<typeof DISSIPATION_BODY_SCHEMA>;
