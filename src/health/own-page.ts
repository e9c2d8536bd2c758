import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { asRohrpostError, RohrpostError } from '../core/errors.ts';
import { selfTestLimits as limits } from '../core/program-limits.ts';
import { sightOfDesk } from '../store/sight.ts';
import { readCertificate } from '../web/certificate.ts';
import { knownDoor } from '../web/door.ts';
import type { StateAnswer } from '../web/routes/claim.ts';
import { localHost } from './doors.ts';

/** What the box's own page says to everybody. */
export type OwnPage = StateAnswer;

/**
 * Asks the page of a data folder, over loopback, how it is. Whoever answers must hold the key of the box's own certificate: it is
 * compared as a whole, its dates and names do not count, so that neither a wrong clock nor a clinic's expired certificate makes a box
 * ill.
 * @throws RohrpostError page-away, page-other, store-corrupt, disk-error
 */
export async function askOwnPage(
  folder: string,
  o: { signal: AbortSignal; language?: 'de' | 'en' | undefined },
): Promise<OwnPage> {
  const door = sightOfDesk(folder, knownDoor);
  const certificate = await readCertificate(folder);
  if (!door || !certificate) throw new RohrpostError('page-away', { details: { reason: 'never opened' } });
  const asked = request({
    ...{ host: localHost(door.host), port: door.port, path: '/api/state', agent: false, signal: o.signal },
    headers: { 'accept-language': o.language ?? 'en' },
    // By fingerprint, below, before anything of the answer is read.
    rejectUnauthorized: false,
  });
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      asked.once('response', resolve);
      asked.on('error', reject);
      asked.end();
    });
    expectCertificate(response.socket as TLSSocket, certificate.fingerprint);
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`);
    return JSON.parse(await textOf(response)) as OwnPage;
  } catch (thrown) {
    throw asRohrpostError(thrown, 'page-away');
  } finally {
    asked.destroy();
  }
}

function expectCertificate(socket: TLSSocket, fingerprint: string): void {
  if (socket.getPeerCertificate().fingerprint256 === fingerprint) return;
  throw new RohrpostError('page-other', { details: { reason: 'another certificate' } });
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) {
    text += chunk;
    if (text.length > limits.answer_bytes) throw new Error('too long an answer');
  }
  return text;
}
