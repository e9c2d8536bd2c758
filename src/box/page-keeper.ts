import { isDeepStrictEqual } from 'node:util';
import { backoff } from '../core/backoff.ts';
import { asRohrpostError } from '../core/errors.ts';
import { webLimits } from '../core/limits.ts';
import type { Premises } from '../web/premises.ts';
import { startWeb, type WebServer } from '../web/server.ts';

/** Where the page is opened. */
export interface DoorAt {
  host: string;
  port: number;
  redirectPort: number | null;
}

/** The page's server, which moves with the settings, and comes back where its place was taken. */
export interface PageKeeper {
  /** Where it is, or is to be. */
  at(): DoorAt;
  /** Null while it cannot open. */
  server(): WebServer | null;
  /** Opens it elsewhere; where that cannot be, it stays. */
  move(to: DoorAt): void;
  stop(): Promise<void>;
}

/**
 * Opens the page. `mayWait`: a place that is taken is tried again with a back-off instead of thrown.
 * @throws RohrpostError web-listen-failed
 */
export async function pageKeeper(premises: Premises, o: { at: DoorAt; mayWait: boolean }): Promise<PageKeeper> {
  const { log, clock } = premises;
  let { at } = o;
  let server: WebServer | null = null;
  let attempts = 0;
  let queue: Promise<unknown> = Promise.resolve();
  const stopped = new AbortController();

  const open = async (to: DoorAt) => {
    server = await startWeb(premises, to);
    at = to;
    attempts = 0;
    log.info('page open', { host: at.host, port: server.port, redirect: server.redirectPort });
  };
  const openLater = (thrown: unknown) => {
    log.error('page stays shut', { code: asRohrpostError(thrown, 'internal').code, host: at.host, port: at.port });
    const wait_ms = backoff(++attempts, { first_ms: webLimits.reopen_ms, cap_ms: webLimits.reopen_most_ms });
    clock.sleep(wait_ms, stopped.signal).then(
      () => inTurn(async () => void (server ?? (await open(at).catch(openLater)))),
      () => {},
    );
  };
  const move = async (to: DoorAt) => {
    if (isDeepStrictEqual(to, at)) return;
    // The new place may be the old port on another address.
    await server?.stop();
    server = null;
    await open(to).catch(async (thrown) => {
      log.error('page stays where it was', { code: asRohrpostError(thrown, 'internal').code, port: to.port });
      await open(at).catch(openLater);
    });
  };
  const inTurn = (work: () => Promise<void>) => {
    queue = queue.then(() => (stopped.signal.aborted ? undefined : work()));
  };

  await open(at).catch((thrown) => {
    if (!o.mayWait) throw thrown;
    openLater(thrown);
  });
  return {
    at: () => ({
      host: at.host,
      port: server?.port ?? at.port,
      redirectPort: server ? server.redirectPort : at.redirectPort,
    }),
    server: () => server,
    move: (to) => inTurn(() => move(to)),
    stop: async () => {
      stopped.abort();
      await queue;
      await server?.stop();
    },
  };
}
