import { Type } from '../../core/index.js';
import { CALIBRATE_BODY_SCHEMA } from '../job/calibrate-body.js';

const maybe = Type.Optional;

/** Runs of the twin where a body does not say. */
export const USUAL_DRAWS = 32;
/** A χ² of that many quantities rests on fewer runs no longer. */
export const LEAST_DRAWS = 16;

/**
 * Body of a `twin` job, without the fields that all jobs have. `base` is what runs on the device and on its twin: the body of a `run` or
 * `retrieve` job, its device left out or the same. References say what the calibration does not, as the body of `calibrate` has them.
 */
export const TWIN_BODY_SCHEMA = Type.Object(
  {
    base: Type.Object({}, { additionalProperties: true }),
    calibration: maybe(Type.Object({}, { additionalProperties: true })),
    target: maybe(Type.Integer({ minimum: 0 })),
    draws: maybe(Type.Integer({ minimum: LEAST_DRAWS, maximum: 1000 })),
    shots: maybe(Type.Integer({ minimum: 2, maximum: 1_000_000 })),
    references: maybe(CALIBRATE_BODY_SCHEMA.properties.references),
    seed: maybe(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  },
  { additionalProperties: false },
);
export type TwinBody = Type.Static<typeof TWIN_BODY_SCHEMA>;
