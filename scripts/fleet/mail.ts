import { createReadStream } from 'node:fs';
import { readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorText, RohrpostError } from '../../src/core/errors.ts';
import { makeFolder, writeDurably } from '../../src/core/files.ts';
import { signedParts } from '../../src/mail/classify.ts';
import { boundedBuffer, readMime } from '../../src/mail/read.ts';
import { verifyDetached } from '../../src/pgp/detached.ts';
import { type PublicKey, readPublicKey } from '../../src/pgp/keys.ts';
import type { BoxReport } from '../../src/update/words.ts';
import { FleetError, failure } from './errors.ts';
import { parseReport, REPORT_BYTES, type ReportShelf } from './reports.ts';

/** A report with a key and a signature has some 5 KB; what mail servers add on the way, some more. */
const MAIL_BYTES = 256 * 1024;
const KEY_BYTES = 64 * 1024;
/** Clocks of boxes and operator may differ so much. */
const CLOCK_SKEW_MS = 86_400_000;

/** What became of one mail of a mailbox. */
export interface MailOutcome {
  file: string;
  box: string | null;
  /** `taken`; `new-key`: taken, and the box's key is known from now on; `old`: something newer was known; `refused`: see `error`. */
  result: 'taken' | 'new-key' | 'old' | 'refused';
  fingerprint: string | null;
  error: FleetError | RohrpostError | null;
}

/**
 * Reads boxes' reports out of a Maildir: those in `new` are taken, and put into `cur` as seen, also what is none.
 * A box is known by its OpenPGP key: by the first that comes under its id (trust on first use), and by no other from then on.
 */
export async function takeMail(
  maildir: string,
  o: { shelf: ReportShelf; keys: string; now_ms: number },
): Promise<MailOutcome[]> {
  await makeFolder(o.keys);
  const fresh = join(maildir, 'new');
  const names = await readdir(fresh).catch(() => {
    throw failure('file-unreadable', { file: fresh, reason: 'no Maildir' });
  });
  const outcomes: MailOutcome[] = [];
  for (const name of names.filter((one) => !one.startsWith('.')).sort()) {
    outcomes.push(await takeOne(join(fresh, name), name, o));
    // Maildir: what somebody has seen lies in `cur`, with its flags behind the name.
    await rename(join(fresh, name), join(maildir, 'cur', `${name.split(':')[0]}:2,S`));
  }
  return outcomes;
}

async function takeOne(
  path: string,
  file: string,
  o: { shelf: ReportShelf; keys: string; now_ms: number },
): Promise<MailOutcome> {
  let box: string | null = null;
  try {
    const read = await readReportMail(path);
    box = read.report.box;
    const keyFile = join(o.keys, `box-${box}.asc`);
    const known = await knownKey(keyFile);
    const key = known ?? read.key;
    if (!key) throw failure('mail-no-key', { box });
    await verifyDetached(read.content(), read.signature, [key], { nowMs: o.now_ms });
    const { fingerprint } = key.info;
    if (isOld(o.shelf, read.report, o.now_ms)) return { file, box, result: 'old', fingerprint, error: null };
    // The shelf first: it is bounded, and strangers who invent boxes shall not fill the disk with keys either.
    await o.shelf.put(read.report, { now_ms: o.now_ms, by: 'mail' });
    if (!known) await writeDurably(keyFile, key.armored);
    return { file, box, result: known ? 'taken' : 'new-key', fingerprint, error: null };
  } catch (thrown) {
    if (!(thrown instanceof FleetError || thrown instanceof RohrpostError)) throw thrown;
    return { file, box, result: 'refused', fingerprint: null, error: thrown };
  }
}

/**
 * Mails overtake each other, and who has an old one can send it again. What a box said while its clock was ahead does not make all
 * that comes later old.
 */
function isOld(shelf: ReportShelf, report: BoxReport, now_ms: number): boolean {
  const known_ms = Date.parse(shelf.get(report.box)?.report.at ?? '');
  return known_ms >= Date.parse(report.at) && known_ms <= now_ms + CLOCK_SKEW_MS;
}

async function knownKey(file: string): Promise<PublicKey | null> {
  const armored = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null;
    throw cause;
  });
  return armored === null ? null : readPublicKey(armored);
}

async function readReportMail(path: string) {
  if ((await stat(path)).size > MAIL_BYTES) throw failure('report-invalid', { reason: 'too long' });
  const { content, signature } = await signedParts(path);
  const report = boundedBuffer(REPORT_BYTES);
  const key = boundedBuffer(KEY_BYTES);
  const sinks: Record<string, typeof report> = { 'application/json': report, 'application/pgp-keys': key };
  // Only what is signed counts: everything below the first part.
  await readMime(createReadStream(path), {
    leaf: (entity) => (/^1(?:\.\d+)?$/.test(entity.path) && sinks[entity.type]?.add) || null,
  });
  const armored = key.bytes().toString('latin1');
  return {
    ...{ content, signature, report: parseReport(report.bytes()) },
    key: armored === '' ? null : await readPublicKey(armored),
  };
}

/** Why a mail was refused, in the operator's language. */
export function refusalText(error: FleetError | RohrpostError, language: 'de' | 'en'): string {
  return error instanceof FleetError ? error.in(language) : errorText(error.code, language, error.details);
}
