import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DicomTarget, Target } from '../config/schema.ts';
import { numberText } from '../core/figures.ts';
import { healthLimits } from '../core/limits.ts';
import { silentLog } from '../core/log.ts';
import type { DicomPeer } from '../dicom/connect.ts';
import { echo } from '../dicom/echo.ts';
import { openShare } from '../share/share.ts';
import type { Check } from './check.ts';
import { ok } from './finding.ts';
import type { HealthParts } from './parts.ts';
import { healthSay } from './say.ts';

type Parts = Pick<HealthParts, 'folder' | 'settings' | 'secrets' | 'language'>;

/** Tests a target: a PACS by C-ECHO, a share or folder by writing a file, reading it back and removing it. */
export function targetCheck(parts: Parts, target: Target): Check {
  return {
    name: healthSay(parts.language)('check.target', { id: target.id }),
    run: async (signal) => {
      if (target.kind === 'dicom') return echoTarget(parts, target);
      const place = target.kind === 'smb' ? { ...target, password: await parts.secrets.get(target.password) } : target;
      const share = await openShare(place, { log: silentLog });
      try {
        return ok((await share.test(signal)).words);
      } finally {
        await share.close();
      }
    },
  };
}

async function echoTarget(parts: Parts, target: DicomTarget) {
  const { rtt_ms } = await echo(peerOf(parts, target), { timeoutMs: healthLimits.echo_ms });
  return ok(healthSay(parts.language)('check.echo', { ms: numberText(rtt_ms, parts.language) }));
}

/** A PACS as the DICOM kit wants it. Files are named relative to the data folder. */
export function peerOf({ folder, settings }: Pick<Parts, 'folder' | 'settings'>, target: DicomTarget): DicomPeer {
  return {
    host: target.host,
    port: target.port,
    calledAe: target.ae_title,
    callingAe: settings.site.ae_title,
    ...(target.tls && { tls: tlsOf(target.tls, folder) }),
  };
}

function tlsOf(tls: NonNullable<DicomTarget['tls']>, folder: string) {
  const pem = (path: string | undefined) =>
    path === undefined ? undefined : readFileSync(resolve(folder, path), 'utf8');
  return { ca: pem(tls.ca_file), key: pem(tls.key_file), cert: pem(tls.cert_file), minVersion: 'TLSv1.2' as const };
}
