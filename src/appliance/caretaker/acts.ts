import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { applianceLimits as limits } from '../../core/appliance-limits.ts';
import { RohrpostError } from '../../core/errors.ts';
import { removeFile, syncFolder, writeDurably } from '../../core/files.ts';
import { readFacts } from '../facts.ts';
import type { CaretakerRequest, Progress } from '../words.ts';
import { installBundle } from './install.ts';
import { alone } from './lock.ts';
import { keepNetwork, tryNetwork } from './network.ts';
import type { Places } from './places.ts';
import { failed, lastWords, run } from './programs.ts';
import { systemState } from './state.ts';
import { apply, endSystem } from './units.ts';

export interface ActOptions {
  onProgress(progress: Progress): void;
  /** Aborted when the one who asked has hung up. */
  signal: AbortSignal;
}

/**
 * Does what a checked request asks for; what changes something, one at a time, beside an installation.
 * @returns what is answered as `done`
 * @throws RohrpostError
 */
export async function act(places: Places, request: CaretakerRequest, o: ActOptions): Promise<unknown> {
  switch (request.act) {
    case 'state':
      return systemState(places);
    case 'recovery-key':
      return { key: recoveryKey(places) };
    case 'install':
      return alone(places, 'install', async () => ({ version: (await installBundle(places, request, o)).version }));
    default:
      return alone(places, 'change', async () => (await change(places, request)) ?? {});
  }
}

type Change = Exclude<CaretakerRequest, { act: 'state' | 'recovery-key' | 'install' }>;

async function change(places: Places, request: Change): Promise<unknown> {
  switch (request.act) {
    case 'network': {
      const { act: _, ...network } = request;
      return tryNetwork(places, network);
    }
    case 'network-keep':
      return keepNetwork(places);
    case 'hostname':
      await writeDurably(join(places.data, 'hostname'), `${request.name}\n`, 0o644);
      return apply(places, 'hostname');
    case 'time':
      return setTimeServers(places, request.servers);
    case 'ports':
      await writeDurably(join(places.data, 'ports'), request.tcp.map((port) => `${port}\n`).join(''), 0o644);
      return apply(places, 'ports');
    case 'update-noted':
    case 'adopt':
      return apply(places, request.act);
    case 'reboot':
    case 'poweroff':
      return endSystem(places, request.act);
    case 'factory-reset':
      return factoryReset(places, request.name);
    case 'recovery-key-forget':
      await removeFile(join(places.data, 'recovery-key'));
      return syncFolder(places.data);
    case 'unlock':
      return unlock(places, request.key);
  }
}

async function setTimeServers(places: Places, servers: string[]): Promise<void> {
  const file = join(places.data, 'timesyncd.conf');
  if (servers.length > 0) await writeDurably(file, `[Time]\nNTP=${servers.join(' ')}\n`, 0o644);
  else await removeFile(file);
  await apply(places, 'time');
}

/** Destroys keys and data at the next start, which begins at once. @throws RohrpostError appliance-name-differs */
export async function factoryReset(places: Places, name: string): Promise<void> {
  const own = readFacts(places.facts).name;
  if (name !== own) throw new RohrpostError('appliance-name-differs', { details: { name: own } });
  await apply(places, 'factory-reset');
  await endSystem(places, 'reboot');
}

function recoveryKey(places: Places): string | null {
  const file = join(places.data, 'recovery-key');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
}

/** Exit statuses as `rohrpost-system/unlock` documents them. */
async function unlock(places: Places, key: string): Promise<void> {
  if (readFacts(places.facts).data !== 'locked') throw new RohrpostError('unlock-not-needed');
  const { status, err } = await run(places.programs.unlock, [], {
    input: `${key}\n`,
    within_ms: limits.program_unlock_ms,
  });
  if (status === 1) throw new RohrpostError('unlock-key-wrong');
  if (status === 2) throw new RohrpostError('unlock-not-needed');
  if (status !== 0) throw failed(lastWords(err) || `unlock: ${status}`);
  await endSystem(places, 'reboot');
}
