import { group, integer, list, nullable, oneOf, pastedText, text, type ValueOf, yesNo } from '../../config/kinds.ts';
import { RohrpostError } from '../../core/errors.ts';
import type { UpdatePhase, Updates, Waiting } from '../../update/updates.ts';
import type { UpdateResult } from '../../update/words.ts';
import type { Premises } from '../premises.ts';

/** The shapes in which the API tells of firmware; the page imports their types. */

const moment = (description: string) => integer(0, Number.MAX_SAFE_INTEGER, { description });
const version = text({ description: 'A version' });
const why = nullable(text({ description: 'What went wrong, in words', maxLength: 2_000 }));
const code = nullable(text({ description: 'Of the error table' }));
export const updatePhases: readonly UpdatePhase[] = [
  'idle',
  'checking',
  'installing',
  'installed',
  'restarting',
  'trial',
];
const reasons: readonly Waiting['for'][] = [
  ...(['window', 'study', 'settle', 'clock', 'person', 'retry', 'withdrawn', 'trial', 'data'] as const),
];
const results: readonly UpdateResult[] = ['installed', 'good', 'fell-back', 'refused', 'failed'];

export const firmwareAnswer = group(
  {
    running: group(
      {
        version,
        slot: oneOf(['A', 'B'], { description: 'Which of the two places it is in' }),
        product: text({ description: 'What updates must be for' }),
        variant: oneOf(['release', 'dev'], { description: 'A development image trusts development keys' }),
        trial: yesNo({ description: 'It still has to prove itself' }),
      },
      { description: 'What runs' },
    ),
    other: nullable(
      group(
        {
          slot: oneOf(['A', 'B'], { description: 'Which' }),
          version: nullable(version),
          good: yesNo({ description: 'It can be started' }),
          installed_ms: nullable(moment('When it was written')),
        },
        { description: 'What is in the other place; null while the system does not tell' },
      ),
    ),
    channel: nullable(
      group(
        {
          url: text({ description: 'Its folder', maxLength: 2_000 }),
          by: oneOf(['settings', 'operator'], { description: 'Who said so' }),
        },
        { description: 'Where updates come from; null: nowhere' },
      ),
    ),
    operator: nullable(text({ description: 'Whose box it is, as the image says' })),
    automatic: yesNo({ description: 'Updates are installed without anybody pressing a button' }),
    window: nullable(
      group(
        { from: text({ description: 'Time of day' }), to: text({ description: 'Time of day' }) },
        { description: 'When the box may restart into an update; null: not set up' },
      ),
    ),
    phase: oneOf<UpdatePhase>(updatePhases, { description: 'What is going on' }),
    offered: nullable(
      group(
        {
          version,
          notes: pastedText({ description: 'What is new', minLength: 0 }),
          size_bytes: moment('Of its bundle'),
          stage_percent: integer(0, 100, { description: 'The share of boxes that may take it so far' }),
          downgrade: yesNo({ description: 'It is older than what runs, and the operator means it' }),
        },
        { description: 'What the channel has for this box' },
      ),
    ),
    progress: nullable(
      group(
        {
          percent: integer(0, 100, { description: 'Of the installation' }),
          text: text({ description: 'What the installer does just now', minLength: 0, maxLength: 500 }),
        },
        { description: 'Of what is being installed' },
      ),
    ),
    installed: nullable(
      group({ version, since_ms: moment('Since when') }, { description: 'What runs after the next start' }),
    ),
    waiting: nullable(
      group(
        {
          for: oneOf<Waiting['for']>(reasons, { description: 'What for' }),
          until_ms: nullable(moment('Until when, where that is known')),
        },
        { description: 'What the next step waits for' },
      ),
    ),
    trouble: nullable(
      group({ code, words: why }, { description: 'Why the last installation or restart did not come about' }),
    ),
    lastCheck: nullable(group({ at_ms: moment('When'), code, words: why }, { description: 'The last look' })),
    nextCheck_ms: nullable(moment('When the channel is looked at next')),
    failed: list(
      group(
        { version, code: text({ description: 'Of the error table' }), words: why, at_ms: moment('When') },
        {
          description: 'A version that did not work here',
        },
      ),
      { description: 'They are not tried again by themselves' },
    ),
    history: list(
      group(
        {
          version,
          result: oneOf<UpdateResult>(results, { description: 'What became of it' }),
          code,
          words: why,
          at_ms: moment('When'),
          by: oneOf(['channel', 'upload', 'stick'], { description: 'Where it came from' }),
        },
        { description: 'An update' },
      ),
      { description: 'The newest first' },
    ),
    report: nullable(
      group({ at_ms: moment('When'), code, words: why }, { description: 'The last report to the operator' }),
    ),
    bundle_bytes: moment('The largest bundle that is taken'),
  },
  { description: 'The firmware of the box, and its updates' },
);
export type FirmwareAnswer = ValueOf<typeof firmwareAnswer>;

export const bundleAnswer = group(
  {
    file: text({ description: 'For /api/firmware/bundle/install', maxLength: 200 }),
    size_bytes: moment('Its size'),
    sha256: text({ description: 'Its checksum' }),
  },
  { description: 'A bundle that was taken in; nobody has looked into it yet' },
);
export type BundleAnswer = ValueOf<typeof bundleAnswer>;

/** Updates, for whatever needs them. @throws RohrpostError appliance-none */
export function updatesOf({ updates }: Pick<Premises, 'updates'>): Updates {
  if (updates) return updates;
  throw new RohrpostError('appliance-none');
}
