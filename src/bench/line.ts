import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writePhantom } from '../../scripts/phantom.ts';
import { type BoxProcess, describeSite, makeSites, type Site } from '../../test/support/boxes.ts';
import { runTool, type Storescp, startStorescp } from '../../test/support/dcmtk.ts';
import { type Mailhost, startMailhost } from '../../test/support/mailhost.ts';
import { type Bench, seconds, TOOL_MS } from './bench.ts';
import { fetchRaw, injectRaw } from './raw-mail.ts';
import { median, timed } from './rounds.ts';

/** A round takes half a minute; three tell enough. */
const MOST_ROUNDS = 3;
const MOST_SLICES = 200;
/** The shortest quiet time that settings allow. It is waiting, not work, and taken off. */
const QUIET_S = 1;
const LOOK_EVERY_MS = 50;
const FOLDER = 'Rohrpost';
const SINK = 'sink@clinic-b.example';

/**
 * `line.vs_parts`: a study's whole way (storescu → box A → Postfix → Dovecot → box B → storescp, until the last image is in
 * the PACS) over the sum of posting the same mails to Postfix and fetching them from Dovecot with bare sockets.
 */
export async function benchLine(bench: Bench): Promise<void> {
  const rounds = Math.min(bench.rounds, MOST_ROUNDS);
  const slices = Math.min(bench.study.paths.length, MOST_SLICES);
  const mailhost = await startMailhost({ users: [SINK] });
  bench.atEnd(mailhost.stop);
  const pacs = await startStorescp({ ae: 'PACS', args: ['+B'] });
  bench.atEnd(pacs.stop);
  const whole: number[] = [];
  const parts: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const folder = join(bench.folder, String(round));
    await mkdir(folder);
    whole.push(await passLine(bench, { folder, slices, mailhost, pacs }));
    parts.push(await passParts(folder, mailhost));
    await pacs.clear();
    await rm(folder, { recursive: true });
  }
  const [whole_s, parts_s] = [median(whole), median(parts)];
  bench.remark(`${rounds} rounds of ${slices} images; quiet time of ${QUIET_S} s taken off`);
  bench.remark(`whole line ${seconds(whole_s)}; raw SMTP injection + raw IMAP fetch ${seconds(parts_s)}`);
  bench.result('line.vs_parts', whole_s / parts_s);
}

interface Round {
  folder: string;
  slices: number;
  mailhost: Mailhost;
  pacs: Storescp;
}

/** Two fresh boxes, one study of new UIDs; seconds from the modality's start to the last image in the PACS. */
async function passLine(bench: Bench, round: Round): Promise<number> {
  const modality = join(round.folder, 'modality');
  await writePhantom({ folder: modality, slices: round.slices });
  const [a, b] = (await makeSites(round.folder, await sitePlans(round))) as [Site, Site];
  const boxes: BoxProcess[] = [];
  const stop = async () => void (await Promise.all(boxes.splice(0).map((box) => box.stop())));
  bench.atEnd(stop);
  for (const site of [a, b]) boxes.push(await site.start());
  const took_s = await timed(async () => {
    const args = ['-R', '-xe', '-aec', 'KLINIK_B', '127.0.0.1', String(a.dicomPort), '+sd', modality];
    const run = await runTool('storescu', args, { timeout_ms: TOOL_MS });
    if (run.code !== 0) throw new Error(`storescu ended with ${run.code}: ${run.output}`);
    for (const deadline = performance.now() + TOOL_MS; (await round.pacs.files()).length < round.slices; ) {
      if (performance.now() > deadline) throw new Error(`stuck: ${describeSite(a)} ${describeSite(b)}`);
      await delay(LOOK_EVERY_MS);
    }
  });
  await stop();
  return took_s - QUIET_S;
}

/** The mails of the round, fetched from where box B put them away, and posted once more, to nobody's box. */
async function passParts(folder: string, mailhost: Mailhost): Promise<number> {
  const account = ({ address, password }: { address: string; password: string }) => ({
    ...{ ca: mailhost.ca, user: address, password },
  });
  const { a, b } = mailhost.users as { a: { address: string; password: string }; b: typeof a };
  let paths: string[] = [];
  const fetch_s = await timed(async () => {
    const server = { ...account(b), port: mailhost.imap.portTls };
    paths = await fetchRaw(server, FOLDER, (n) => join(folder, `${n}.eml`));
  });
  if (paths.length === 0) throw new Error(`no mail in ${FOLDER}`);
  const inject_s = await timed(() =>
    injectRaw({ ...account(a), port: mailhost.smtp.portTls }, { from: a.address, to: SINK, paths }),
  );
  await mailhost.doveadm('expunge', '-u', b.address, 'mailbox', FOLDER, 'ALL');
  await mailhost.doveadm('expunge', '-u', SINK, 'mailbox', 'INBOX', 'ALL');
  return fetch_s + inject_s;
}

async function sitePlans({ folder, mailhost, pacs }: Round) {
  const ca = join(folder, 'ca.pem');
  await writeFile(ca, mailhost.ca);
  const plan = (id: 'a' | 'b', aeTitle: string) => {
    const { address, password } = mailhost.users[id]!;
    const account = { host: '127.0.0.1', user: address, password: 'secret:mail', ca_file: ca, security: 'starttls' };
    return {
      ...{ id, address, aeTitle, secrets: { mail: password }, settle: { quiet_s: QUIET_S } },
      mail: {
        smtp: { ...account, port: mailhost.smtp.port },
        imap: { ...account, port: mailhost.imap.port, move_to: FOLDER },
      },
      partner: () => ({ form: 'batch', inner: 'binary' }),
    };
  };
  const target = { id: 'pacs', kind: 'dicom', host: '127.0.0.1', port: pacs.port, ae_title: 'PACS' };
  return [plan('a', 'KLINIK_A'), { ...plan('b', 'KLINIK_B'), targets: [target] }];
}
