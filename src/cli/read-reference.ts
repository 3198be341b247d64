import type { CalibrateBody } from '../calibrate/index.js';
import { RelaxdError } from '../core/index.js';

/** `fieldGain=1±0.005`, or with a colon between. */
export function readReference(text: string): NonNullable<CalibrateBody['references']>[number] {
  const parts = /^([\w[\],<-]+)=([^:±]+)[:±](.+)$/.exec(text);
  const [value, standardError] = [Number(parts?.[2]), Number(parts?.[3])];
  if (parts !== null && Number.isFinite(value) && standardError >= 0) {
    return { parameter: parts[1]!, value, standardError };
  }
  throw new RelaxdError('wrong-call', `--reference ${text} is not NAME=VALUE:ERROR`, {
    path: '--reference',
    value: text,
    limit: 'fieldGain=1:0.005',
  });
}
