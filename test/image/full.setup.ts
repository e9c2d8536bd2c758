import { buildImages } from './scenarios/stage.ts';
import { beginTranscript } from './world/transcript.ts';

/** Before the full form: its images, however long that takes. */
export default async function setup(): Promise<void> {
  beginTranscript('make test-image');
  await buildImages('first', 'second', 'silent');
}
