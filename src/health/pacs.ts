import { join } from 'node:path';
import type { DicomTarget } from '../config/schema.ts';
import { RohrpostError } from '../core/errors.ts';
import { numberText } from '../core/figures.ts';
import { makeFolder, removeFile, writeDurably } from '../core/files.ts';
import { newId } from '../core/ids.ts';
import { healthLimits } from '../core/limits.ts';
import { silentLog } from '../core/log.ts';
import type { DicomPeer } from '../dicom/connect.ts';
import { type StoreOutcome, storeInstances } from '../dicom/scu.ts';
import { type Finding, ok, warn } from './finding.ts';
import type { HealthParts } from './parts.ts';
import { healthSay } from './say.ts';
import { peerOf } from './targets.ts';
import { TEST_PATIENT, testImage } from './test-image.ts';

type Parts = Pick<HealthParts, 'folder' | 'settings' | 'clock' | 'language'>;

/**
 * Stores a small test image of nobody in a PACS (C-STORE), as images of patients would be stored.
 * @throws RohrpostError dicom-…, pacs-refused-image, disk-error
 */
export async function storeTestImage(parts: Parts, target: DicomTarget, signal: AbortSignal): Promise<Finding> {
  const folder = join(parts.folder, 'spool', 'work');
  await makeFolder(folder);
  const path = join(folder, `test-${newId()}.dcm`);
  try {
    await writeDurably(path, testImage(parts.clock.now()).bytes);
    const began_ms = parts.clock.steady();
    const outcome = await storeOne(peerOf(parts, target), path, signal);
    return findingOf(outcome, parts.clock.steady() - began_ms, parts);
  } finally {
    await removeFile(path);
  }
}

async function storeOne(peer: DicomPeer, path: string, signal: AbortSignal): Promise<StoreOutcome> {
  let outcome: StoreOutcome | undefined;
  const late = AbortSignal.any([signal, AbortSignal.timeout(healthLimits.store_ms)]);
  const { error } = await storeInstances(peer, [{ id: 'test', path }], {
    log: silentLog,
    signal: late,
    onOutcome: (told) => {
      outcome = told;
    },
  });
  if (late.aborted) {
    const details = { timeout_ms: healthLimits.store_ms, what: 'C-STORE' };
    throw new RohrpostError('dicom-peer-silent', { details });
  }
  if (error) throw error;
  return outcome!;
}

function findingOf(outcome: StoreOutcome, elapsed_ms: number, { language }: Parts): Finding {
  const say = healthSay(language);
  switch (outcome.kind) {
    case 'accepted': {
      const ms = numberText(elapsed_ms, language);
      return ok(say('check.stored', { ms, patient: TEST_PATIENT.name.replace('^', ', '), id: TEST_PATIENT.id }));
    }
    case 'warning':
      return warn(say('check.stored-warning', { status: statusText(outcome) }));
    case 'unreadable':
      throw outcome.error;
    case 'refused':
      throw refused(statusText(outcome));
    case 'no-context':
      throw refused('Secondary Capture, Implicit VR Little Endian: no presentation context');
    default:
      throw refused(outcome.kind);
  }
}

const refused = (reason: string) => new RohrpostError('pacs-refused-image', { details: { reason } });

/** The PACS' own words. */
function statusText({ status, comment }: { status: number; comment?: string }): string {
  const code = `${status.toString(16).toUpperCase().padStart(4, '0')}H`;
  return comment ? `${code} ${comment}` : code;
}
