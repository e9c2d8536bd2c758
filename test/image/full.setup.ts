import { buildImages } from './scenarios/stage.ts';
import { beginTranscript } from './world/transcript.ts';

/** Before the files of the full form, which run side by side: the images of both, however long that takes. */
export default async function setup(): Promise<void> {
  beginTranscript('make test-image');
  await buildImages();
}
