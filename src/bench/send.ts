import { runTool, startStorescp } from '../../test/support/dcmtk.ts';
import { silentLog } from '../core/log.ts';
import { storeInstances } from '../dicom/scu.ts';
import { type Bench, seconds, TOOL_MS } from './bench.ts';
import { alternate, timed } from './rounds.ts';

/** `send.vs_storescu`: our storeInstances into storescp +B over DCMTK's storescu into the same, same files. */
export async function benchSend(bench: Bench): Promise<void> {
  const pacs = await startStorescp({ ae: 'PACS', args: ['+B'] });
  bench.atEnd(pacs.stop);
  const images = bench.study.paths.length;
  const sendAll = async (send: () => Promise<void>) => {
    const took_s = await timed(send);
    const arrived = (await pacs.files()).length;
    if (arrived !== images) throw new Error(`${arrived} of ${images} images arrived`);
    await pacs.clear();
    return took_s;
  };
  const median = await alternate(bench.rounds, {
    ours: () => sendAll(() => sendOurs(pacs.port, bench.study.paths)),
    storescu: () =>
      sendAll(async () => {
        const addresses = ['-aec', 'PACS', '127.0.0.1', String(pacs.port)];
        const args = ['-R', '-xe', ...addresses, '+sd', bench.studyFolder];
        const run = await runTool('storescu', args, { timeout_ms: TOOL_MS });
        if (run.code !== 0) throw new Error(`storescu ended with ${run.code}: ${run.output}`);
      }),
  });
  bench.remark(`ours → storescp +B ${seconds(median.ours)}; storescu → storescp +B ${seconds(median.storescu)}`);
  bench.result('send.vs_storescu', median.ours / median.storescu);
}

async function sendOurs(port: number, paths: readonly string[]): Promise<void> {
  let accepted = 0;
  const { error } = await storeInstances(
    { host: '127.0.0.1', port, calledAe: 'PACS', callingAe: 'ROHRPOST' },
    paths.map((path) => ({ id: path, path })),
    {
      log: silentLog,
      signal: AbortSignal.timeout(TOOL_MS),
      onOutcome: ({ kind }) => {
        if (kind === 'accepted') accepted++;
      },
    },
  );
  if (error || accepted !== paths.length) throw error ?? new Error(`${accepted} of ${paths.length} were accepted`);
}
