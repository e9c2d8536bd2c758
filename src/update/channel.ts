import type { X509Certificate } from 'node:crypto';
import { examine } from '../config/examine.ts';
import { formed, integer, list, openGroup, optional, text, yesNo } from '../config/kinds.ts';
import { pathText } from '../config/problems.ts';
import { RohrpostError } from '../core/errors.ts';
import { updateLimits } from '../core/update-limits.ts';
import { VERSION_PATTERN } from '../core/versions.ts';
import { openEnvelope } from './envelope.ts';
import { type ChannelIndex, INDEX_TYPE } from './words.ts';

const DAY_MS = 86_400_000;
const MOMENT = '^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,6})?Z$';
/** Of a place in the channel's own folder: no way up, no other server. */
const BELOW = '^(?!.*\\.\\.)(?:[A-Za-z0-9_][A-Za-z0-9._+-]*/){0,8}[A-Za-z0-9_][A-Za-z0-9._+-]*$';

const hash = (description: string) => formed('^[0-9a-f]{64}$', { description });
const version = (description: string) => formed(VERSION_PATTERN, { description, maxLength: 60 });
const moment = (description: string) => formed(MOMENT, { description });
const note = (description: string) =>
  formed('^[^\\x00-\\x08\\x0b-\\x1f\\x7f]*$', { description, minLength: 0, maxLength: updateLimits.note_characters });

/** What is not known here is passed over: the operator's tools may be newer than the box. */
const indexSchema = openGroup(
  {
    format: integer(1, 1, { description: 'Format' }),
    channel: text({ description: 'Name of the channel' }),
    sequence: integer(1, Number.MAX_SAFE_INTEGER, { description: 'Only grows' }),
    made: moment('When it was made'),
    expires: moment('When it ceases to be valid'),
    releases: list(
      openGroup(
        {
          product: formed('^rohrpost-[a-z0-9]{1,20}$', { description: 'What it is for' }),
          version: version('Version'),
          bundle: formed(BELOW, { description: 'Where it lies', maxLength: 300 }),
          size_bytes: integer(1, updateLimits.upload_bytes, { description: 'Size of the bundle' }),
          sha256: hash('Of the bundle'),
          manifest_sha256: hash('Of its manifest'),
          min_version: version('The oldest version that may go straight to it'),
          stage: openGroup(
            {
              percent: integer(0, 100, { description: 'Share of the boxes that may take it' }),
              stopped: optional(yesNo({ description: 'Nobody else takes it' })),
            },
            { description: 'How far its roll-out is' },
          ),
          withdrawn: optional(yesNo({ description: 'It is not to be used' })),
          downgrade: optional(yesNo({ description: 'It is meant also for who is newer' })),
          notes: openGroup({ de: note('German'), en: note('English') }, { description: 'What is new' }),
        },
        { description: 'A release' },
      ),
      { description: 'What there is', maxItems: updateLimits.releases },
    ),
  },
  { description: 'Index of an update channel' },
);

/**
 * What a channel says, once it is proven to be the operator's, of today, and no replay.
 * @param o.seen name and highest sequence that were ever seen at this address; null: none
 * @throws RohrpostError update-index-unreadable, -unsigned, -expired, -replayed, update-signer-untrusted, update-clock
 */
export function readIndex(
  envelope: Uint8Array,
  o: { roots: readonly X509Certificate[]; now_ms: number; seen: { channel: string; sequence: number } | null },
): ChannelIndex {
  const index = parseIndex(openEnvelope(envelope, { payloadType: INDEX_TYPE, roots: o.roots, now_ms: o.now_ms }));
  const made_ms = Date.parse(index.made);
  const expires_ms = Date.parse(index.expires);
  if (!(expires_ms > made_ms && expires_ms - made_ms <= updateLimits.index_age_days * DAY_MS)) {
    throw unreadable('expires: more than allowed after it was made, or before');
  }
  if (made_ms > o.now_ms + updateLimits.clock_skew_ms) throw new RohrpostError('update-clock');
  if (expires_ms <= o.now_ms) {
    throw new RohrpostError('update-index-expired', { details: { expires: index.expires } });
  }
  if (!o.seen) return index;
  // Another channel of the same operator is signed as well.
  if (index.channel !== o.seen.channel) throw unreadable(`channel: ${index.channel} instead of ${o.seen.channel}`);
  if (index.sequence < o.seen.sequence) {
    const details = { sequence: index.sequence, seen: o.seen.sequence };
    throw new RohrpostError('update-index-replayed', { details });
  }
  return index;
}

/** The payload in its form; for who publishes too. @throws RohrpostError update-index-unreadable */
export function parseIndex(payload: Uint8Array): ChannelIndex {
  let found: unknown;
  try {
    found = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch {
    throw unreadable('no JSON');
  }
  const { value, findings } = examine(indexSchema, found);
  const [first] = findings;
  if (first) throw unreadable(`${pathText(first.path) || 'all of it'}: ${first.code}`);
  const index = value as ChannelIndex;
  if (Number.isNaN(Date.parse(index.made)) || Number.isNaN(Date.parse(index.expires))) throw unreadable('no date');
  const twice = index.releases.find(
    (one, at) => index.releases.findIndex((o) => o.product === one.product && o.version === one.version) < at,
  );
  if (twice) throw unreadable(`${twice.product} ${twice.version} is there twice`);
  return index;
}

function unreadable(reason: string): RohrpostError {
  return new RohrpostError('update-index-unreadable', { details: { reason } });
}
