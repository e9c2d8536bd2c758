import { group, id, integer, nullable, optional, text, type ValueOf, yesNo } from '../../config/kinds.ts';
import { RohrpostError } from '../../core/errors.ts';
import { updateLimits } from '../../core/update-limits.ts';
import { machineSight } from '../appliance/sight.ts';
import { bundleAnswer, type FirmwareAnswer, firmwareAnswer, updatesOf } from '../firmware/answers.ts';
import { bundlePieces } from '../firmware/pieces.ts';
import { shownUpdates } from '../firmware/words.ts';
import { done } from '../people/answers.ts';
import type { Premises } from '../premises.ts';
import type { Web } from '../route.ts';

const tags = ['firmware'];
const admin = { right: 'admin' } as const;
const restart = optional(yesNo({ description: 'Restart into it at once; else when its time has come' }));

const announced = group({ upload: id({ description: 'Names it from now on' }) }, { description: 'It may come' });
const pieceAnswer = group(
  {
    offset_bytes: integer(0, Number.MAX_SAFE_INTEGER, { description: 'So much of it is here' }),
    bundle: nullable(bundleAnswer),
  },
  { description: 'What was taken; `bundle` once all of it is here' },
);
export type AnnouncedAnswer = ValueOf<typeof announced>;
export type PieceAnswer = ValueOf<typeof pieceAnswer>;

/** The firmware of an appliance and its updates. Where there is none, every route says so. */
export function firmwareRoutes(web: Web, premises: Premises): void {
  const { appliance, updates, clock, log } = premises;
  const sight = appliance && machineSight(appliance, { clock, log });
  // The other slot is written by an update, and by nothing else.
  const unhear = updates?.onChange(() => sight?.forget());
  web.addHook('preClose', async () => unhear?.());
  web.get(
    '/api/firmware',
    {
      config: { right: 'operator' },
      schema: {
        tags,
        summary: 'What runs, what is on offer, what became of updates',
        response: { 200: firmwareAnswer },
      },
    },
    async ({ language }): Promise<FirmwareAnswer> => {
      const shown = shownUpdates(updatesOf(premises).state(), language);
      const state = await sight?.look();
      const other = state?.slots.find(({ booted }) => !booted);
      const window = premises.box()?.settings.current().update.window;
      return {
        ...shown,
        other: other
          ? { slot: other.name, version: other.version, good: other.good, installed_ms: other.installed_ms }
          : null,
        window: window ? { from: window.from, to: window.to } : null,
        bundle_bytes: updateLimits.upload_bytes,
      };
    },
  );
  actRoutes(web, premises);
  bundleRoutes(web, premises);
}

function actRoutes(web: Web, premises: Premises): void {
  const { clock, desk } = premises;
  web.post(
    '/api/firmware/check',
    { config: admin, schema: { tags, summary: 'Looks at the channel now', response: done } },
    async (_, reply) => {
      await updatesOf(premises).check();
      return reply.code(204).send(null);
    },
  );
  web.post(
    '/api/firmware/install',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'Installs what is on offer, whatever the window says', response: done },
        body: group({ restart }, { description: 'And then' }),
      },
    },
    async (request, reply) => {
      const updates = updatesOf(premises);
      const version = updates.state().offered?.version ?? '';
      await updates.installNow(request.body);
      const details = { version, restart: request.body.restart === true };
      desk.audit.add({ by: request.by, act: 'firmware-install', details, now_ms: clock.now() });
      return reply.code(204).send(null);
    },
  );
  web.post(
    '/api/firmware/restart',
    { config: admin, schema: { tags, summary: 'Restarts into what is installed, now', response: done } },
    async (request, reply) => {
      const updates = updatesOf(premises);
      const version = updates.state().installed?.version ?? '';
      desk.audit.add({ by: request.by, act: 'firmware-restart', details: { version }, now_ms: clock.now() });
      await updates.restartNow();
      return reply.code(204).send(null);
    },
  );
  web.post(
    '/api/firmware/try-again',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'A version that failed here may be tried again', response: done },
        body: group({ version: text({ description: 'Which' }) }, { description: 'A version' }),
      },
    },
    async (request, reply) => {
      const { version } = request.body;
      await updatesOf(premises).tryAgain(version);
      desk.audit.add({ by: request.by, act: 'firmware-try-again', details: { version }, now_ms: clock.now() });
      return reply.code(204).send(null);
    },
  );
  web.post(
    '/api/firmware/report',
    { config: admin, schema: { tags, summary: 'Tells the operator how the box is, now', response: done } },
    async (_, reply) => {
      await updatesOf(premises).reportNow();
      return reply.code(204).send(null);
    },
  );
}

/** A bundle from somebody's own disk, for boxes without Internet: announced, brought in pieces, then installed. */
function bundleRoutes(web: Web, premises: Premises): void {
  const { clock, desk, updates } = premises;
  const pieces = updates && bundlePieces(updates);
  web.post(
    '/api/firmware/bundle',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'Announces a bundle; refused where it is too large, or there is no room for it' },
        body: group(
          { size_bytes: integer(1, Number.MAX_SAFE_INTEGER, { description: 'Of the file' }) },
          { description: 'What will come' },
        ),
        response: { 201: announced },
      },
    },
    async (request, reply) => {
      updatesOf(premises);
      return reply.code(201).send({ upload: await pieces!.begin(request.body.size_bytes) });
    },
  );
  web.register(async (plain) => {
    const scope = plain as unknown as Web;
    scope.addContentTypeParser('application/octet-stream', (_request, payload, ready) => ready(null, payload));
    scope.patch(
      '/api/firmware/bundle/:id',
      {
        config: { ...admin, ownBody: true },
        schema: {
          ...{ tags, summary: 'The next piece of a bundle', consumes: ['application/octet-stream'] },
          description: 'Upload-Offset says where it belongs; each piece is a request of its own, a minute at most.',
          params: group({ id: id({ description: 'From the announcement' }) }, { description: 'Which bundle' }),
          response: { 200: pieceAnswer },
        },
      },
      async (request, reply) => {
        updatesOf(premises);
        const offset = String(request.headers['upload-offset'] ?? '');
        if (!/^\d{1,15}$/.test(offset))
          throw new RohrpostError('upload-protocol', { details: { what: 'upload-offset' } });
        if (!request.body) throw new RohrpostError('request-type');
        const source = request.body as AsyncIterable<Uint8Array>;
        return pieces!.append(request.params.id, { offset_bytes: Number(offset), source }).catch((thrown: unknown) => {
          // What is left of the piece is for nobody.
          reply.header('connection', 'close');
          throw thrown;
        });
      },
    );
  });
  web.post(
    '/api/firmware/bundle/install',
    {
      config: admin,
      schema: {
        ...{ tags, summary: 'Installs a bundle that was brought here; it is checked first', response: done },
        body: group(
          { file: text({ description: 'From its last piece', maxLength: 200 }), restart },
          { description: 'Which' },
        ),
      },
    },
    async (request, reply) => {
      const { file, restart } = request.body;
      await updatesOf(premises).installFile(file, { ...(restart !== undefined && { restart }) });
      const details = { source: 'upload', restart: restart === true };
      desk.audit.add({ by: request.by, act: 'firmware-install', details, now_ms: clock.now() });
      return reply.code(204).send(null);
    },
  );
}
