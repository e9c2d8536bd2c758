import { openMail } from './open.ts';
import { answering } from './pool.ts';
import { sealPart } from './seal.ts';
import { unpackMail } from './unpack.ts';

/** What the threads of the pool can be asked to do, by name. */
export const seal = (job: Parameters<typeof sealPart>[0]) => answering(() => sealPart(job));
export const open = (job: Parameters<typeof openMail>[0]) => answering(() => openMail(job));
export const unpack = (job: Parameters<typeof unpackMail>[0]) => answering(() => unpackMail(job));
