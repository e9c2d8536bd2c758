import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DicomTarget, Settings, Target } from '../../config/schema.ts';
import type { Secrets } from '../../config/secrets.ts';
import { cliLimits } from '../../core/limits.ts';
import { silentLog } from '../../core/log.ts';
import { echo } from '../../dicom/echo.ts';
import { openShare } from '../../share/share.ts';
import type { Console } from '../console.ts';
import { numberText } from '../format.ts';
import { type Check, ok } from './report.ts';

/** Tests a target: a PACS by C-ECHO, a share or folder by writing a file, reading it back and removing it. */
export function targetCheck(c: Console, settings: Settings, target: Target, secrets: Secrets): Check {
  return {
    name: c.say('check.target', { id: target.id }),
    run: async (signal) => {
      if (target.kind === 'dicom') return echoTarget(c, settings, target);
      const place = target.kind === 'smb' ? { ...target, password: await secrets.get(target.password) } : target;
      const share = await openShare(place, { log: silentLog });
      try {
        return ok((await share.test(signal)).words);
      } finally {
        await share.close();
      }
    },
  };
}

async function echoTarget(c: Console, settings: Settings, target: DicomTarget) {
  const peer = {
    host: target.host,
    port: target.port,
    calledAe: target.ae_title,
    callingAe: settings.site.ae_title,
    ...(target.tls && { tls: tlsOf(target.tls, c.folder) }),
  };
  const { rtt_ms } = await echo(peer, { timeoutMs: cliLimits.echo_ms });
  return ok(c.say('check.echo', { ms: numberText(rtt_ms, c.language) }));
}

function tlsOf(tls: NonNullable<DicomTarget['tls']>, folder: string) {
  const pem = (path: string | undefined) =>
    path === undefined ? undefined : readFileSync(resolve(folder, path), 'utf8');
  return { ca: pem(tls.ca_file), key: pem(tls.key_file), cert: pem(tls.cert_file), minVersion: 'TLSv1.2' as const };
}
