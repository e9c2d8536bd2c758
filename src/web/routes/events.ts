import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { RohrpostError } from '../../core/errors.ts';
import { webLimits } from '../../core/limits.ts';
import type { Premises } from '../premises.ts';
import type { Web } from '../route.ts';
import { authenticate } from '../who.ts';

/** What may have changed: rows of the lines; settings; accounts, sessions and audit; whether the box works, and what people are called for. */
type Topic = 'rows' | 'settings' | 'accounts' | 'house';

/**
 * GET /api/events: server-sent events (WHATWG HTML §9.2), each `data: {"topic": …}` meaning "look again". They carry no data:
 * what a listener may see, the routes it then asks decide.
 */
export function eventRoutes(web: Web, premises: Premises): void {
  const listeners = new Set<Listener & { accountId: string }>();
  const stop = new AbortController();
  let isWatching = false;
  let updated = 0;
  const unhear = premises.updates?.onChange(() => updated++);
  const revisions = () => revisionsOf(premises, updated);

  const watch = async () => {
    let seen = revisions();
    let beat_ms = 0;
    while (listeners.size > 0 && !stop.signal.aborted) {
      await delay(webLimits.changes_ms, undefined, { signal: stop.signal }).catch(() => {});
      const now = revisions();
      const changed = (Object.keys(now) as Topic[]).filter((topic) => now[topic] !== seen[topic]);
      seen = now;
      beat_ms += webLimits.changes_ms;
      const beat = beat_ms >= webLimits.heartbeat_ms;
      if (beat) beat_ms = 0;
      for (const listener of listeners) listener.tell(changed, beat);
    }
    isWatching = false;
  };

  web.addHook('preClose', async () => {
    stop.abort();
    unhear?.();
    for (const listener of listeners) listener.end();
  });
  web.get(
    '/api/events',
    {
      // It would stay open and never tell anything.
      exposeHeadRoute: false,
      config: { right: 'viewer' },
      schema: {
        tags: ['live'],
        summary: 'Tells what has changed, as server-sent events',
        produces: ['text/event-stream'],
      },
    },
    (request, reply) => {
      const { accountId } = request.caller!;
      const own = [...listeners].filter((listener) => listener.accountId === accountId);
      if (listeners.size >= webLimits.listeners || own.length >= webLimits.listeners_per_account) {
        throw new RohrpostError('request-too-often', { details: { seconds: 30 } });
      }
      const { cookie, authorization } = request.headers;
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        ...(reply.getHeaders() as object),
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
      });
      raw.write('retry: 2000\n\n');
      const isStillIn = () => authenticate(premises, { cookie, authorization, quiet: true }) !== null;
      const listener = { accountId, ...openListener(raw, isStillIn) };
      listeners.add(listener);
      raw.on('close', () => listeners.delete(listener));
      raw.on('error', () => listeners.delete(listener));
      if (isWatching) return;
      isWatching = true;
      void watch();
    },
  );
}

interface Listener {
  tell(topics: readonly Topic[], beat: boolean): void;
  end(): void;
}

/** Ends with its session; one that does not read is let go, and comes again by itself. */
function openListener(raw: ServerResponse, isStillIn: () => boolean): Listener {
  return {
    tell: (topics, beat) => {
      if (raw.writableLength > webLimits.listener_bytes || ((beat || topics.includes('accounts')) && !isStillIn())) {
        raw.destroy();
        return;
      }
      for (const topic of topics) raw.write(`data: ${JSON.stringify({ topic })}\n\n`);
      if (beat) raw.write(': \n\n');
    },
    end: () => void raw.end(),
  };
}

function revisionsOf(premises: Premises, updated: number): Record<Topic, string> {
  const box = premises.box();
  return {
    rows: box?.store.revision() ?? '',
    settings: box ? `${box.settings.revision()} ${box.settings.alarm()?.code}` : '',
    accounts: String(premises.desk.audit.last().id),
    house: `${box !== null} ${premises.trouble()?.message} ${updated} ${premises.alarms.revision()}`,
  };
}
