import { join } from 'node:path';
import { Readable } from 'node:stream';
import { RohrpostError } from '../core/errors.ts';
import { spanText } from '../core/figures.ts';
import { makeFolder, removeFile, writeDurably } from '../core/files.ts';
import { newId } from '../core/ids.ts';
import { healthLimits, type MailLimits } from '../core/limits.ts';
import { silentLog } from '../core/log.ts';
import { encryptedPayload } from '../mail/classify.ts';
import { messageId, newBoundary, outerTail } from '../mail/compose.ts';
import type { ImapAccount } from '../mail/imap.ts';
import { fetchSelfMail, selfMailHead } from '../mail/self-mail.ts';
import { openSmtp, type SmtpAccount } from '../mail/smtp.ts';
import { armorStream } from '../pgp/armor.ts';
import type { OwnKey } from '../pgp/keys.ts';
import { openMessage } from '../pgp/open.ts';
import { sealStream } from '../pgp/seal.ts';
import { type Finding, ok, warn } from './finding.ts';
import type { HealthParts } from './parts.ts';
import { healthSay } from './say.ts';

export interface SelfMailPlan {
  /** Our own address. */
  readonly address: string;
  readonly smtp: SmtpAccount;
  readonly imap: ImapAccount;
  readonly signal: AbortSignal;
  readonly limits?: MailLimits;
  /** What is being done. */
  onStep?(step: SelfMailStep): void;
}

export type SelfMailStep = 'sealing' | 'sending' | 'waiting' | 'opening';

/**
 * Signs, encrypts and sends a mail to ourselves by our mail server, finds it in our mailbox, removes it there, opens and
 * verifies it: everything but a partner. The box that collects from the same mailbox leaves it alone.
 * @throws RohrpostError own-key-missing, transport-…, pgp-…, self-mail-changed
 */
export async function mailOurselves(
  parts: Pick<HealthParts, 'folder' | 'keyring' | 'clock' | 'language'>,
  plan: SelfMailPlan,
): Promise<Finding> {
  const { onStep = () => {} } = plan;
  const began_ms = parts.clock.steady();
  const own = await parts.keyring.ownKey();
  const id = newId();
  const work = join(parts.folder, 'spool', 'work');
  await makeFolder(work);
  const [outPath, inPath] = [join(work, `self-out-${id}.eml`), join(work, `self-in-${id}.eml`)];
  const text = `Rohrpost ${id}\r\n`;
  try {
    onStep('sealing');
    const mail = { id: messageId(id, plan.address.slice(plan.address.lastIndexOf('@') + 1)), text, path: outPath };
    const sizeBytes = await seal(mail, own, plan.address, parts.clock.now());
    onStep('sending');
    await send(plan, outPath, sizeBytes);
    onStep('waiting');
    const found = await fetchSelfMail(plan.imap, { messageId: mail.id, path: inPath, ...pick(plan) });
    onStep('opening');
    if ((await open(inPath, own, parts.clock.now())) !== text) throw new RohrpostError('self-mail-changed');
    const say = healthSay(parts.language);
    const time = spanText(parts.clock.steady() - began_ms, parts.language);
    if (found.isSpam) return warn(say('check.self-mail-spam', { time, folder: found.folder }));
    return ok(say('check.self-mail-back', { time }));
  } finally {
    await removeFile(outPath);
    await removeFile(inPath);
  }
}

const pick = ({ signal, limits }: SelfMailPlan) => ({ signal, ...(limits && { limits }) });

async function seal(
  mail: { id: string; text: string; path: string },
  own: OwnKey,
  address: string,
  nowMs: number,
): Promise<number> {
  const boundary = newBoundary();
  const chunks = [selfMailHead({ address, messageId: mail.id, dateMs: nowMs, boundary })];
  const sealed = sealStream(Readable.from([Buffer.from(mail.text)]), { to: own.publicKey, signer: own, nowMs });
  for await (const chunk of armorStream(sealed)) chunks.push(chunk);
  const bytes = Buffer.concat([...chunks, outerTail(boundary)]);
  await writeDurably(mail.path, bytes);
  return bytes.length;
}

async function send({ smtp, address, signal, limits }: SelfMailPlan, path: string, sizeBytes: number): Promise<void> {
  const sender = openSmtp(smtp, { log: silentLog, maxConnections: 1, ...(limits && { limits }) });
  try {
    const sent = await sender.send({ path, from: address, to: address, sizeBytes }, { signal });
    // Where the answer was lost, the mailbox will tell.
    if (sent.kind === 'failed') throw sent.error;
  } finally {
    await sender.close();
  }
}

/** What was sealed, once decrypted and its signature verified as our own. */
async function open(path: string, own: OwnKey, nowMs: number): Promise<string> {
  let text = '';
  await openMessage(encryptedPayload(path), {
    own: [own],
    signers: [own.publicKey],
    nowMs,
    write: (chunk) => {
      text += chunk.toString('latin1');
      if (text.length > healthLimits.self_mail_characters) throw new RohrpostError('self-mail-changed');
    },
  });
  return text;
}
