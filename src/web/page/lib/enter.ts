import { signal } from '@preact/signals';
import { ApiError, api } from './api.ts';
import { keepNetwork } from './keep-network.ts';
import { forgetSession, type Session, type State, session, setState } from './session.ts';
import { languageHere, rememberedLanguage, speak } from './texts.ts';

/** A box that is just starting needs some seconds. */
const AGAIN_MS = 5_000;

/** Why the box could not be asked at all. */
export const failure = signal<ApiError | null>(null);
/** Whether there are words to show anything in. */
export const spoken = signal(false);

/** Asks the box what it is and who we are, and loads the words for it. */
export async function begin(): Promise<void> {
  failure.value = null;
  try {
    await speak(languageHere('de'));
    spoken.value = true;
    const answer = await api.get<State>('/api/state');
    await keepNetwork();
    if (answer.claimed) await enter();
    setState(answer);
  } catch (thrown) {
    // Without words nothing can be said; the next try may get them.
    if (!spoken.value) return void setTimeout(() => location.reload(), AGAIN_MS);
    failure.value = thrown instanceof ApiError ? thrown : new ApiError(0, { code: 'unreachable' });
  }
}

/** Who is logged in, and their language; nobody is no failure. */
export async function enter(): Promise<void> {
  try {
    await welcome(await api.get<Session>('/api/session'));
  } catch (thrown) {
    if (!(thrown instanceof ApiError) || thrown.status !== 401) throw thrown;
  }
}

/** Goes on as this person, in their language, unless another was chosen in this browser. */
export async function welcome(found: Session): Promise<void> {
  await speak(rememberedLanguage() ?? found.language);
  session.value = found;
}

/** Whether the box works is another story after its settings changed or it started anew. */
export async function refreshState(): Promise<void> {
  const answer = await api.look<State>('/api/state').catch(() => null);
  if (answer) setState(answer);
}

/** Logs out. Where the box does not answer, at least this page forgets. */
export async function leave(): Promise<void> {
  await api.delete('/api/session').catch(() => {});
  forgetSession();
}
