import type { Asked, JobEvent, JobEventType, JobStanding, JobState } from './next-job.js';

export const standing = (state: JobState, asked: Asked = null, armed = false): JobStanding => ({
  state,
  asked,
  armed,
});

/** An event of a type. @param whole of a run that has finished: with every shot */
export const eventOf = (type: JobEventType, whole = true): JobEvent =>
  type === 'finish'
    ? { type, whole }
    : type === 'conclude'
      ? { type, whole: false }
      : type === 'settle'
        ? { type, end: 'completed' }
        : { type };
