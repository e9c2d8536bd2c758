import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { mailDomain, type Settings } from '../config/schema.ts';
import type { Secrets } from '../config/secrets.ts';
import type { Clock } from '../core/clock.ts';
import { RohrpostError } from '../core/errors.ts';
import { removeFile } from '../core/files.ts';
import { newId } from '../core/ids.ts';
import { lineLimits } from '../core/limits.ts';
import type { Log } from '../core/log.ts';
import { readPart10 } from '../dicom/part10.ts';
import { storeInstances } from '../dicom/scu.ts';
import { acknowledgeStation } from '../inbound/acknowledge.ts';
import { admitStation } from '../inbound/admit.ts';
import { answers } from '../inbound/answers.ts';
import { deliverStation } from '../inbound/deliver.ts';
import { incompleteStation } from '../inbound/incomplete.ts';
import { joinStation } from '../inbound/join.ts';
import { openStation } from '../inbound/open.ts';
import { unpackStation } from '../inbound/unpack.ts';
import type { Station } from '../line/conveyor.ts';
import { followItem, followSet } from '../line/deliveries.ts';
import { done, stop, wait } from '../line/outcome.ts';
import { followParts } from '../line/progress.ts';
import { confirmWithin_ms, targetsOf } from '../line/rules.ts';
import { encryptedPayload } from '../mail/classify.ts';
import { innerSize, messageId, newBoundary, sealedSize } from '../mail/compose.ts';
import { joinFragments } from '../mail/fragments.ts';
import { readHead } from '../mail/read.ts';
import { confirmStation } from '../outbound/confirm.ts';
import { packStation } from '../outbound/pack.ts';
import { routeStation } from '../outbound/route.ts';
import { sealStation } from '../outbound/seal.ts';
import { sendStation } from '../outbound/send.ts';
import { settleStation } from '../outbound/settle.ts';
import { recipientKeyIds } from '../pgp/open.ts';
import { layout } from '../share/layout.ts';
import { openShare } from '../share/share.ts';
import type { PartRow } from '../store/parts.ts';
import type { Store } from '../store/store.ts';
import type { WorkerPool } from '../workers/pool.ts';
import type { Keyring } from './keyring.ts';
import { receiptMail } from './receipt-mail.ts';
import type { Ways } from './ways.ts';

export interface LineParts {
  folder: string;
  store: Store;
  settings(): Settings;
  secrets: Secrets;
  keyring: Keyring;
  ways: Ways;
  workers: WorkerPool;
  clock: Clock;
  clockTrusted(): boolean;
  /** At that target something else lay under the name of a file. */
  onRenamed(targetId: string): void;
  log: Log;
}

/** What our boxes take beyond the classic form; announced inside every signed mail and in every receipt. */
export const ACCEPTS = 'batch,binary';

/**
 * Both lines on one page, every station with what it may use:
 *
 *     outbound   receive → settle → route → pack → seal → send          (confirm watches what was sent)
 *     inbound    collect → open → unpack → admit → deliver → acknowledge  (incomplete watches what waits)
 *
 * "receive" and "collect" are driven by the network and begin the lines; the conveyor moves what follows.
 */
export function lines(o: LineParts): Station[] {
  const { store, settings, keyring, ways, workers, clock, folder } = o;
  const now = () => clock.now();
  const steady = () => clock.steady();
  const partner = (id: string) => settings().partners.find((candidate) => candidate.id === id);
  const from = () => settings().mail.address;
  const newMessageId = (id: string) => messageId(id, mailDomain(settings()));
  const accepts = (id: string) => new Set((store.facts.get(id, 'accepts') ?? '').split(','));
  const learn = (id: string, value: string) => store.facts.set(id, 'accepts', value.slice(0, 100), now());
  const limitBytes: Parameters<typeof packStation>[0]['limitBytes'] = (to) => {
    const learned = store.facts.get(to.id, 'mail_limit_bytes');
    return ways.limitBytes(to, learned === undefined ? null : Number(learned));
  };
  const progress = (consignmentId: string) =>
    followParts(
      {
        ...store,
        now,
        steady,
        confirmWithin_ms: (id) => confirmWithin_ms(settings(), id),
      },
      consignmentId,
    );
  const partMoved = (part: PartRow) => progress(part.consignment_id);
  const encryptionKey = async (to: Settings['partners'][number]) => {
    const { info, armored } = await keyring.encryptionKey(to, now());
    return { fingerprint: info.fingerprint, keyIds: info.keyIds, armored };
  };
  const answered = answers({
    ...store,
    followParts: progress,
    sendsReceipts: (id) => (partner(id)?.receipts.send ?? 'none') !== 'none',
    learn,
    unknown: (id, originalMessageId) => {
      const isUnderOurName = originalMessageId.endsWith(`@${mailDomain(settings())}>`);
      if (isUnderOurName) store.facts.set(id, 'unknown_receipt', originalMessageId.slice(0, 200), now());
    },
    messageId: newMessageId,
    log: o.log,
    now,
    steady,
  });
  const follow = { ...store, owe: answered.owe, now };

  const outbound = [
    settleStation({ studies: store.studies, steady }),
    routeStation({ ...store, settings, now, steady }),
    packStation({
      ...store,
      partner,
      accepts,
      limitBytes,
      sealedBytes: (items, encoding) => sealedSize(innerSize(innerPlan(items, encoding))),
      messageId: newMessageId,
      now,
      steady,
    }),
    sealStation({
      ...store,
      folder,
      partner,
      encryptionKey,
      ownKey: keyring.ownArmored,
      from,
      limitBytes,
      ownFields: () => [['X-ROHRPOST-ACCEPTS', ACCEPTS]],
      seal: (job, signal) => workers.run('seal', job, signal),
      clockTrusted: o.clockTrusted,
      onHeld: partMoved,
      now,
      steady,
    }),
    sendStation({
      parts: store.parts,
      folder,
      partner,
      way: ways.to,
      from,
      encryptionKey,
      recipientsOf: (path) => recipientKeyIds(encryptedPayload(path)),
      onAccount: (account, error) =>
        error ? o.log.error('account waits', { code: error.code }) : o.log.info('account works again', { account }),
      onTooLarge: (part, error) => planAnew(o, part, error),
      onMoved: partMoved,
      log: o.log,
      now,
      steady,
    }),
    confirmStation({ consignments: store.consignments, now }),
  ];

  const inbound = [
    openStation({
      mails: store.mails,
      folder,
      open: (job, signal) => workers.run('open', job, signal),
      ownKey: keyring.ownArmored,
      partners: () => keyring.correspondents(settings().partners),
      acceptsUnsigned: (id) => partner(id)?.receipts.accept_unsigned ?? false,
      answers: answered,
      clockTrusted: o.clockTrusted,
      now,
      steady,
    }),
    joinStation({ mails: store.mails, folder, join: joined, now, steady }),
    unpackStation({
      ...store,
      folder,
      unpack: (job, signal) => workers.run('unpack', job, signal),
      answers: answered,
      asItArrives: (id) => partner(id)?.deliver === 'as_it_arrives',
      learn,
      now,
      steady,
    }),
    incompleteStation({ sets: store.sets, steady }),
    admitStation({
      ...store,
      folder,
      partner,
      targets: (profile) => targetsOf(settings(), profile),
      readHeader: async (path) => (await readPart10(path)).header,
      followDeliveries: (setRow) => followSet(follow, setRow),
      now,
      steady,
    }),
    deliverStation({
      ...store,
      folder,
      target: (id) => settings().targets.find((target) => target.id === id),
      store: (target, instances, trip) =>
        storeInstances(
          {
            host: target.host,
            port: target.port,
            calledAe: target.ae_title,
            callingAe: settings().site.ae_title,
            ...(target.tls && { tls: tlsOf(target.tls, folder) }),
          },
          instances,
          { ...trip, log: o.log },
        ),
      openShare: async (target) =>
        openShare(target.kind === 'smb' ? { ...target, password: await o.secrets.get(target.password) } : target, {
          log: o.log,
        }),
      layout,
      renamed: ({ id: rowId, state, target_id: target }) => {
        const { code, message: reason } = new RohrpostError('deliver-renamed', { details: { target } });
        o.log.warn('delivered, but', { row: rowId, code });
        store.history.note({ entity: 'delivery', rowId, state, code, reason, now_ms: now() });
        o.onRenamed(target);
      },
      followItem: (itemId) => followItem(follow, itemId),
      now,
      steady,
    }),
    acknowledgeStation({
      receipts: store.receipts,
      partner,
      way: ways.to,
      compose: (row, to) =>
        receiptMail(row, to, { folder, from: from(), ownKey: keyring.ownKey, accepts: ACCEPTS, nowMs: now() }),
      now,
    }),
  ];
  return [...outbound, ...inbound] as unknown as Station[];
}

function innerPlan(
  items: readonly { kind: string; size_bytes: number; media_type: string; study_uid: string }[],
  encoding: 'base64' | 'binary',
) {
  const most = lineLimits.parts_per_set;
  return {
    fields: { setId: newId(), part: most, total: most },
    encoding,
    boundary: newBoundary(),
    extraFields: [['X-ROHRPOST-ACCEPTS', ACCEPTS]] as const,
    contents: items.map((item) => ({
      ...(item.kind === 'instance'
        ? { kind: 'dicom' as const }
        : { kind: 'document' as const, type: item.media_type, studyUid: item.study_uid }),
      name: '00000.dcm',
      path: '',
      sizeBytes: item.size_bytes,
    })),
  };
}

/**
 * The way takes less than it said (552, F30). The limit is learned; if no part of the consignment was accepted, it is planned
 * anew under a new set id, else a person must decide.
 */
function planAnew(o: LineParts, part: PartRow, error: Parameters<typeof stop>[1]) {
  const { store, clock } = o;
  const limit = Math.min(
    Number(error.details.limit_bytes ?? Number.POSITIVE_INFINITY),
    Math.floor(part.mail_bytes * 0.75),
  );
  store.facts.set(part.partner_id, 'mail_limit_bytes', String(limit), clock.now());
  const parts = store.parts.ofConsignment(part.consignment_id);
  if (parts.some(hasLeft)) {
    return stop('held', error, () =>
      followParts(
        { ...store, now: clock.now, steady: clock.steady, confirmWithin_ms: () => null },
        part.consignment_id,
      ),
    );
  }
  // A mail that is on its way just now may be accepted in the next moment: what becomes of it decides.
  if (parts.some((other) => other.id !== part.id && other.owner !== null)) return wait(clock.steady() + 5_000, error);
  return done('discarded', {
    commit: () => {
      store.parts.removeUnsent(part.consignment_id);
      store.consignments.renewSet(part.consignment_id);
      store.consignments.move(part.consignment_id, { state: 'routed', due_ms: clock.steady() }, clock.now());
    },
    // No row names these mails any more.
    after: () => {
      for (const { mail_paths } of parts) {
        for (const path of JSON.parse(mail_paths) as string[]) removeFile(join(o.folder, path)).catch(() => {});
      }
    },
  });
}

async function joined(paths: readonly string[], out: string) {
  await joinFragments(paths, out);
  const [head, { size }] = await Promise.all([readHead(out), stat(out)]);
  return { sizeBytes: size, messageId: head.get('Message-ID') ?? null };
}

function tlsOf(tls: { ca_file?: string; key_file?: string; cert_file?: string }, folder: string) {
  const pem = (path: string | undefined) =>
    path === undefined ? undefined : readFileSync(resolve(folder, path), 'utf8');
  return { ca: pem(tls.ca_file), key: pem(tls.key_file), cert: pem(tls.cert_file), minVersion: 'TLSv1.2' as const };
}

/** Has a mail of this part, or of an earlier sealing of it, been accepted? */
function hasLeft({ state, sent_ms, mails_sent }: PartRow): boolean {
  return sent_ms !== null || mails_sent > 0 || state === 'confirmed' || state === 'refused';
}

/** Where collected mails lie. */
export const inboxPath = (folder: string) => join(folder, 'spool', 'inbox', `${newId()}.eml`);
