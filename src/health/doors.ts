import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { RohrpostError } from '../core/errors.ts';
import { numberText } from '../core/figures.ts';
import { healthLimits } from '../core/limits.ts';
import { echo } from '../dicom/echo.ts';
import type { Check } from './check.ts';
import { type Finding, ok, warn } from './finding.ts';
import type { HealthParts } from './parts.ts';
import { type HealthSay, healthSay } from './say.ts';

type Parts = Pick<HealthParts, 'settings' | 'language'>;

/**
 * Tests the box's own doors: of a running box by going through them, else whether their ports are free.
 */
export function doorChecks(parts: Parts, isRunning: boolean): Check[] {
  const { dicom, mail } = parts.settings;
  const say = healthSay(parts.language);
  const doors = [
    { name: 'DICOM', at: dicom, test: () => ownEcho(parts, say) },
    ...(dicom.tls ? [{ name: 'DICOM/TLS', at: { host: dicom.host, port: dicom.tls.port }, test: undefined }] : []),
    ...(mail.listener ? [{ name: 'SMTP', at: mail.listener, test: undefined }] : []),
  ];
  return doors.map(({ name, at, test }) => ({
    name: say('check.door', { name, port: at.port }),
    run: async (): Promise<Finding> => {
      if (at.port === 0) return warn(say('check.any-port'));
      if (!isRunning) return isFree(at, say);
      if (test) return test();
      await reach(at);
      return ok(say('check.open'));
    },
  }));
}

async function ownEcho({ settings, language }: Parts, say: HealthSay): Promise<Finding> {
  const { host, port } = settings.dicom;
  const ae = settings.site.ae_title;
  try {
    const peer = { host: localHost(host), port, calledAe: ae, callingAe: ae };
    const { rtt_ms } = await echo(peer, { timeoutMs: healthLimits.echo_ms });
    return ok(say('check.echo', { ms: numberText(rtt_ms, language) }));
  } catch (error) {
    // The list of modalities need not have us on it; whoever refuses is there.
    const isRefused = error instanceof RohrpostError && error.code === 'dicom-association-rejected';
    if (isRefused && settings.dicom.allow.length > 0) return ok(say('check.open'));
    throw error;
  }
}

async function reach(at: { host: string; port: number }): Promise<void> {
  const socket = connect(at.port, localHost(at.host));
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(healthLimits.echo_ms) });
  } finally {
    socket.destroy();
  }
}

async function isFree(at: { host: string; port: number }, say: HealthSay): Promise<Finding> {
  const server = createServer().listen(at.port, at.host);
  await once(server, 'listening');
  server.close();
  return ok(say('check.port-free'));
}

/** Where to knock at a door that listens on all addresses. */
export function localHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}
