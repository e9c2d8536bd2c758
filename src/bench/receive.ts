import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool, startStorescp } from '../../test/support/dcmtk.ts';
import { makeSpool } from '../box/spool.ts';
import { checkSettings } from '../config/read.ts';
import { systemClock } from '../core/clock.ts';
import { silentLog } from '../core/log.ts';
import { listenDicom } from '../dicom/scp.ts';
import { moves } from '../line/states.ts';
import { receiver } from '../outbound/receive.ts';
import { openStore } from '../store/store.ts';
import { type Bench, seconds, TOOL_MS } from './bench.ts';
import { alternate, timed } from './rounds.ts';

const AE = 'ROHRPOST';

/**
 * `receive.vs_storescp`: DCMTK's storescu into our durable receive (file and row flushed before each success) over the same
 * storescu into DCMTK's storescp +B, which flushes nothing.
 */
export async function benchReceive(bench: Bench): Promise<void> {
  const peer = await startStorescp({ ae: AE, args: ['+B'] });
  bench.atEnd(peer.stop);
  const send = (port: number) =>
    timed(async () => {
      const addresses = ['-aec', AE, '127.0.0.1', String(port)];
      const run = await runTool('storescu', ['-R', '-xe', ...addresses, '+sd', bench.studyFolder], {
        timeout_ms: TOOL_MS,
      });
      if (run.code !== 0) throw new Error(`storescu ended with ${run.code}: ${run.output}`);
    });
  const median = await alternate(bench.rounds, {
    ours: () => intoFreshBox(join(bench.folder, 'box'), bench.study.paths.length, send),
    storescp: async () => {
      const took_s = await send(peer.port);
      const arrived = (await peer.files()).length;
      if (arrived !== bench.study.paths.length) throw new Error(`storescp has ${arrived} images`);
      await peer.clear();
      return took_s;
    },
  });
  bench.remark(`storescu → ours, durable ${seconds(median.ours)}; storescu → storescp +B ${seconds(median.storescp)}`);
  bench.result('receive.vs_storescp', median.ours / median.storescp);
}

/** Listener, station "receive" and store as the box has them, in an empty data folder. */
async function intoFreshBox(folder: string, images: number, send: (port: number) => Promise<number>): Promise<number> {
  await mkdir(folder);
  await makeSpool(folder);
  const store = openStore(folder, moves);
  const settings = checkSettings({ version: 1, site: { name: 'Bench' }, mail: { address: 'box@klinik-a.example' } });
  const clock = systemClock();
  const station = receiver({
    ...{ store, folder, clock, log: silentLog, settings: () => settings },
    roomLeft: () => Number.POSITIVE_INFINITY,
    allowed: () => true,
    wake: () => {},
  });
  const listener = await listenDicom({ host: '127.0.0.1', port: 0, clock, log: silentLog, ...station });
  try {
    const took_s = await send(listener.port);
    const [study] = store.overview.studies({ limit: 1 });
    if (study?.items !== images) throw new Error(`${study?.items ?? 0} of ${images} images were stored`);
    return took_s;
  } finally {
    await listener.stop();
    await station.close();
    store.close();
    await rm(folder, { recursive: true });
  }
}
