import { arch, freemem, platform, release, version as systemVersion, totalmem, uptime } from 'node:os';
import type { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import type { Settings } from '../config/schema.ts';
import type { Clock } from '../core/clock.ts';
import { errorText, type RohrpostError, reasonOf } from '../core/errors.ts';
import { freeBytes } from '../core/files.ts';
import { supportLimits } from '../core/limits.ts';
import type { LastLine } from '../core/log.ts';
import { version } from '../core/version.ts';
import type { CheckReport } from '../health/check.ts';
import { readNetwork } from '../health/network.ts';
import { timeService } from '../health/time.ts';
import type { Overview } from '../store/overview.ts';
import { sightOfDesk } from '../store/sight.ts';

/** What a support bundle is made of. What is null is not there, which the bundle says. */
export interface SupportParts {
  readonly folder: string;
  readonly clock: Clock;
  /** They name secrets, and never hold one. */
  readonly settings: Settings | null;
  readonly overview: Overview | null;
  readonly trouble: RohrpostError | null;
  readonly log: Iterable<LastLine>;
  readonly certificate: { readonly expires_ms: number; readonly selfSigned: boolean } | null;
  /** What the doctor finds; each look has its own deadline. */
  findings(): AsyncIterable<CheckReport>;
}

const README = `This bundle helps others to see what is wrong with a Rohrpost box.
It holds settings (addresses and host names as they are), counts, error codes, alarms, what the doctor found, and the last log lines.
It holds no patient data, no images, no passwords and no private keys. Please look through it before you pass it on.

Dieses Paket hilft anderen zu sehen, was einer Rohrpost-Box fehlt.
Es enthält Einstellungen (Adressen und Rechnernamen, wie sie sind), Anzahlen, Fehlercodes, Alarme, Befunde und die letzten Logzeilen.
Es enthält keine Patientendaten, keine Bilder, keine Passwörter und keine privaten Schlüssel. Bitte vor der Weitergabe durchsehen.
`;

/**
 * A ZIP without patient data and secrets, as it is being made. What fails in the making stands in the bundle, in the place of
 * what is missing: who needs a bundle has a box that does not work.
 */
export function supportBundle(parts: SupportParts): Readable {
  const zip = new ZipFile();
  const mtime = new Date(parts.clock.now());
  const add = (name: string, text: string) =>
    zip.addBuffer(Buffer.from(text), `rohrpost-support/${name}`, { mtime, mode: 0o600 });
  const addJson = async (name: string, content: () => unknown) => {
    const value = await Promise.resolve()
      .then(content)
      .catch((error) => ({ missing: reasonOf(error) }));
    add(name, `${JSON.stringify(value, null, 2)}\n`);
  };
  const fill = async () => {
    add('README.txt', README);
    await addJson('box.json', () => aboutBox(parts));
    await addJson('machine.json', () => aboutMachine(parts));
    await addJson('settings.json', () => parts.settings && told(parts.settings));
    await addJson('rows.json', () => parts.overview?.counts() ?? null);
    await addJson('troubles.json', () => troublesOf(parts));
    await addJson('alarms.json', () => alarmsOf(parts));
    await addJson('doctor.json', () => findingsOf(parts));
    add('log.jsonl', [...parts.log].map(({ text }) => `${text}\n`).join(''));
    zip.end();
  };
  const output = zip.outputStream as Readable;
  fill().catch((error) => output.destroy(error));
  return output;
}

/** The path of where reports go is what an operator knows boxes by. */
function told(settings: Settings): Settings {
  const { update } = settings;
  if (update.report_url === null) return settings;
  return { ...settings, update: { ...update, report_url: `${new URL(update.report_url).origin}/…` } };
}

function aboutBox({ clock, trouble, certificate }: SupportParts) {
  return {
    ...{ version, node: process.version, made: new Date(clock.now()).toISOString() },
    process: { uptime_s: Math.round(process.uptime()), ...process.memoryUsage() },
    trouble: trouble && { code: trouble.code, words: errorText(trouble.code, 'en', trouble.details) },
    certificate: certificate && {
      ends: new Date(certificate.expires_ms).toISOString(),
      ownMade: certificate.selfSigned,
    },
  };
}

async function aboutMachine({ folder }: SupportParts) {
  return {
    system: { platform: platform(), arch: arch(), release: release(), version: systemVersion() },
    uptime_s: Math.round(uptime()),
    memory: { total_bytes: totalmem(), free_bytes: freemem() },
    disk_free_bytes: await freeBytes(folder),
    time: await timeService(),
    network: await readNetwork(),
  };
}

/** Codes only: the sentence that a row keeps may quote a peer, and a peer may quote a patient. */
function troublesOf({ overview }: SupportParts) {
  return overview?.troubles(supportLimits.troubles).map(({ reason: _, moved_ms, ...trouble }) => ({
    ...trouble,
    since: new Date(moved_ms).toISOString(),
  }));
}

/** Those that stand, in the words that go into mails too: nothing of a study is in them. */
function alarmsOf({ folder }: SupportParts) {
  const standing = sightOfDesk(folder, (desk) => desk.alarms()) ?? [];
  return standing.map(({ light, tone, code, words, since_ms, times }) => ({
    ...{ light, tone, code, words: words.en, since: new Date(since_ms).toISOString(), times },
  }));
}

async function findingsOf({ findings, clock }: SupportParts): Promise<CheckReport[]> {
  const until_ms = clock.steady() + supportLimits.doctor_ms;
  const found: CheckReport[] = [];
  for await (const finding of findings()) {
    found.push(finding);
    if (clock.steady() > until_ms) break;
  }
  return found;
}
