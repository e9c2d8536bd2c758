import { RohrpostError } from '../../core/errors.ts';
import { runChecks } from '../../health/check.ts';
import { doctorChecks } from '../../health/doctor.ts';
import type { Premises } from '../premises.ts';
import type { Web } from '../route.ts';
import { supportBundle } from '../support.ts';

/** What others need to see what is wrong: no patient data, no secrets. It can be had of a box that cannot start, too. */
export function supportRoutes(web: Web, premises: Premises): void {
  const { folder, clock, desk, log, secrets } = premises;
  let isBusy = false;
  web.get(
    '/api/support',
    {
      config: { right: 'admin' },
      schema: {
        tags: ['support'],
        summary: 'A support bundle (ZIP), without patient data and secrets',
        produces: ['application/zip'],
      },
    },
    async (request, reply) => {
      if (isBusy) throw new RohrpostError('request-too-often', { details: { seconds: 60 } });
      isBusy = true;
      const box = premises.box();
      const findings = async function* () {
        if (!box) return;
        const { store, settings, keyring } = box;
        const parts = { folder, clock, secrets, store, keyring, settings: settings.current(), language: 'en' as const };
        yield* runChecks(doctorChecks(parts, { isRunning: true, alarm: settings.alarm() }), 'en');
      };
      const bundle = supportBundle({
        ...{ folder, clock, findings },
        settings: box?.settings.current() ?? null,
        overview: box?.store.overview ?? null,
        trouble: premises.trouble() ?? box?.settings.alarm() ?? null,
        log: log.lastLines(),
        certificate: premises.certificate(),
      });
      bundle.once('close', () => {
        isBusy = false;
      });
      desk.audit.add({ by: request.by, act: 'support-bundle', now_ms: clock.now() });
      const name = `rohrpost-support-${new Date(clock.now()).toISOString().slice(0, 10)}.zip`;
      reply.header('content-disposition', `attachment; filename="${name}"`).type('application/zip');
      return reply.send(bundle);
    },
  );
}
