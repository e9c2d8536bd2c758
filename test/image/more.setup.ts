import { buildImages } from './scenarios/stage.ts';
import { beginTranscript } from './world/transcript.ts';

/** Before the further scenarios: their images, however long that takes. */
export default async function setup(): Promise<void> {
  beginTranscript('make test-image-more');
  await buildImages('first', 'second', 'panics', 'hangs', 'release');
}
