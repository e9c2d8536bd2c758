import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import fastJson from 'fast-json-stringify';
import fastify from 'fastify';
import { checkBody } from '../config/body.ts';
import type { TSchema } from '../config/kinds.ts';
import { framesOf, RohrpostError, reasonOf } from '../core/errors.ts';
import { webLimits } from '../core/limits.ts';
import { answerOf, ofTheServer, statusOf } from './answers.ts';
import { boundConnections } from './connections.ts';
import { openApi } from './openapi.ts';
import { servePage } from './page-files.ts';
import type { Premises } from './premises.ts';
import { keepRights } from './rights.ts';
import type { Web } from './route.ts';
import { addRoutes } from './routes.ts';

/** The page's door. */
export interface WebServer {
  readonly app: Web;
  readonly port: number;
  readonly redirectPort: number | null;
  /** Uses another certificate from the next connection on. */
  secure(certificate: { key: string; cert: string }): void;
  stop(): Promise<void>;
}

/**
 * No outside resource, no inline script or style, no frame around it. HSTS is left out on purpose: a box that goes back from
 * the clinic's certificate to its own could not be reached any more.
 */
const SECURITY_HEADERS = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'blob:', 'data:'],
      connectSrc: ["'self'"],
      fontSrc: ["'self'"],
      manifestSrc: ["'self'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
      baseUri: ["'none'"],
    },
  },
  strictTransportSecurity: false,
  referrerPolicy: { policy: 'no-referrer' as const },
  crossOriginEmbedderPolicy: false,
};

/**
 * The page and its API, not yet listening. Each request goes this way:
 *
 *   who asks, may they (rights.ts) ─▶ rate limit ─▶ body read, bounded ─▶ checked by its schema ─▶ route
 *      │ 401, 403                        │ 429            │ 413, 415            │ 400                 │ RohrpostError: answers.ts
 */
export async function buildWeb(premises: Premises): Promise<Web> {
  const { log } = premises;
  const app = fastify({
    https: { ...pick(premises.certificate()), minVersion: 'TLSv1.2' },
    bodyLimit: webLimits.body_bytes,
    requestTimeout: webLimits.request_ms,
    connectionTimeout: 0,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
    genReqId: () => randomUUID(),
    return503OnClosing: true,
  }) as unknown as Web;
  boundConnections(app.server);
  app.setValidatorCompiler(({ schema, httpPart }) => (data: unknown) => {
    try {
      return { value: checkBody(schema as TSchema, data, { coerce: httpPart !== 'body' }) };
    } catch (error) {
      return { error: error as Error };
    }
  });
  // Compiled when first used: compiling those of all routes is a third of a start.
  app.setSerializerCompiler(({ schema }) => {
    let serialize: ((data: unknown) => string) | undefined;
    return (data) => {
      serialize ??= fastJson(schema as fastJson.AnySchema);
      return serialize(data);
    };
  });
  app.setErrorHandler((thrown: Error & { statusCode?: number }, request, reply) => {
    const known =
      thrown instanceof RohrpostError
        ? thrown
        : ofTheServer(thrown, request.routeOptions.bodyLimit ?? webLimits.body_bytes);
    if (!known && !isHungUp(thrown, reply.raw)) {
      // The frames, not the message: it may quote what was sent.
      log.error('bug in an answer', { code: 'internal', route: request.routeOptions.url, stack: framesOf(thrown) });
    }
    const error = known ?? new RohrpostError('internal', { details: { reason: request.id } });
    const seconds = error.details.seconds;
    if (seconds !== undefined) reply.header('retry-after', String(seconds));
    return reply.code(statusOf(error.code)).send(answerOf(error, request.language));
  });
  await app.register(cookie);
  await app.register(helmet, SECURITY_HEADERS);
  await app.register(rateLimit, {
    max: webLimits.requests_per_minute,
    timeWindow: 60_000,
    cache: webLimits.rate_addresses,
    hook: 'onRequest',
    errorResponseBuilder: (_, { ttl }) =>
      new RohrpostError('request-too-often', { details: { seconds: Math.ceil(ttl / 1000) } }),
  });
  keepRights(app, premises);
  await app.register(swagger, openApi());
  await app.register(async (scope) => addRoutes(scope as unknown as Web, premises));
  await servePage(app);
  return app;
}

/** Opens the page's door, and beside it the plain one that only redirects. @throws RohrpostError web-listen-failed */
export async function startWeb(
  premises: Premises,
  at: { host: string; port: number; redirectPort: number | null },
): Promise<WebServer> {
  const app = await buildWeb(premises);
  const failed = (port: number) => (cause: unknown) => {
    throw new RohrpostError('web-listen-failed', { cause, details: { host: at.host, port, reason: reasonOf(cause) } });
  };
  await app.listen({ host: at.host, port: at.port }).catch(failed(at.port));
  const { port } = app.server.address() as AddressInfo;
  // The page itself is what counts; without the plain door people type https.
  const redirect =
    at.redirectPort === null
      ? null
      : await listenPlain(at.host, at.redirectPort, port).catch((cause: unknown) => {
          premises.log.warn('no redirect', {
            code: 'web-listen-failed',
            port: at.redirectPort,
            reason: reasonOf(cause),
          });
          return null;
        });
  return {
    app,
    port,
    redirectPort: redirect && (redirect.address() as AddressInfo).port,
    secure: ({ key, cert }) => app.server.setSecureContext({ key, cert, minVersion: 'TLSv1.2' }),
    stop: async () => {
      redirect?.close();
      redirect?.closeAllConnections();
      const late = setTimeout(() => app.server.closeAllConnections(), webLimits.stop_ms);
      await app.close();
      clearTimeout(late);
    },
  };
}

/** A name or address with an optional port, as the Host field may carry (RFC 9110 §7.2). */
const HOST = /^([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

async function listenPlain(host: string, port: number, securePort: number): Promise<Server> {
  const server = createServer(
    { requestTimeout: webLimits.request_ms, keepAliveTimeout: 1_000 },
    (request, response) => {
      const name = HOST.exec(request.headers.host ?? '')?.[1];
      const path = /^\/[\x21-\x7e]*$/.test(request.url ?? '') ? request.url : '/';
      if (name === undefined) return void response.writeHead(400).end();
      const suffix = securePort === 443 ? '' : `:${securePort}`;
      response.writeHead(308, { location: `https://${name}${suffix}${path}`, 'content-length': 0 }).end();
    },
  );
  boundConnections(server);
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}

/** A file was on its way, and nobody is there any more to take it. */
function isHungUp({ code }: NodeJS.ErrnoException, raw: ServerResponse): boolean {
  return code === 'ERR_STREAM_PREMATURE_CLOSE' && raw.destroyed;
}

const pick = ({ key, cert }: { key: string; cert: string }) => ({ key, cert });
