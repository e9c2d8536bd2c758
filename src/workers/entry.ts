import { openMail } from './open.ts';
import { unlockOnce } from './own-key.ts';
import { answering } from './pool.ts';
import { sealPart } from './seal.ts';
import { surveyUploads } from './survey.ts';
import { unpackMail } from './unpack.ts';

/** Each thread unlocks the box's own key once. */
const unlock = unlockOnce();

/** What the threads of the pool can be asked to do, by name. */
export const seal = (job: Parameters<typeof sealPart>[0]) => answering(() => sealPart(job, unlock));
export const open = (job: Parameters<typeof openMail>[0]) => answering(() => openMail(job, unlock));
export const unpack = (job: Parameters<typeof unpackMail>[0]) => answering(() => unpackMail(job));
export const survey = (job: Parameters<typeof surveyUploads>[0]) => answering(() => surveyUploads(job));
