import { buildImages } from './scenarios/stage.ts';
import { beginTranscript } from './world/transcript.ts';

/** Before the short form: its images, however long that takes. */
export default async function setup(): Promise<void> {
  beginTranscript('the short form');
  await buildImages('first', 'second', 'silent');
}
