import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Settings } from '../../config/schema.ts';
import { RohrpostError } from '../../core/errors.ts';
import { cliLimits } from '../../core/limits.ts';
import { echo } from '../../dicom/echo.ts';
import type { Console } from '../console.ts';
import { numberText } from '../format.ts';
import { type Check, type Finding, ok, warn } from './report.ts';

/**
 * Tests the box's own doors: of a running box by going through them, else whether their ports are free.
 */
export function doorChecks(c: Console, settings: Settings, isRunning: boolean): Check[] {
  const { dicom, mail } = settings;
  const doors = [
    { name: 'DICOM', at: dicom, test: () => ownEcho(c, settings) },
    ...(dicom.tls ? [{ name: 'DICOM/TLS', at: { host: dicom.host, port: dicom.tls.port }, test: undefined }] : []),
    ...(mail.listener ? [{ name: 'SMTP', at: mail.listener, test: undefined }] : []),
  ];
  return doors.map(({ name, at, test }) => ({
    name: c.say('check.door', { name, port: at.port }),
    run: async (): Promise<Finding> => {
      if (at.port === 0) return warn(c.say('check.any-port'));
      if (!isRunning) return isFree(c, at);
      if (test) return test();
      await reach(at);
      return ok(c.say('check.open'));
    },
  }));
}

async function ownEcho(c: Console, settings: Settings): Promise<Finding> {
  const { host, port } = settings.dicom;
  const ae = settings.site.ae_title;
  try {
    const peer = { host: localHost(host), port, calledAe: ae, callingAe: ae };
    const { rtt_ms } = await echo(peer, { timeoutMs: cliLimits.echo_ms });
    return ok(c.say('check.echo', { ms: numberText(rtt_ms, c.language) }));
  } catch (error) {
    // The list of modalities need not have us on it; whoever refuses is there.
    const isRefused = error instanceof RohrpostError && error.code === 'dicom-association-rejected';
    if (isRefused && settings.dicom.allow.length > 0) return ok(c.say('check.open'));
    throw error;
  }
}

async function reach(at: { host: string; port: number }): Promise<void> {
  const socket = connect(at.port, localHost(at.host));
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(cliLimits.echo_ms) });
  } finally {
    socket.destroy();
  }
}

async function isFree(c: Console, at: { host: string; port: number }): Promise<Finding> {
  const server = createServer().listen(at.port, at.host);
  await once(server, 'listening');
  server.close();
  return ok(c.say('check.port-free'));
}

/** Where to knock at a door that listens on all addresses. */
function localHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}
