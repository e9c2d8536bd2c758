import { entryOf } from '../../config/entries.ts';
import { group, id } from '../../config/kinds.ts';
import { RohrpostError } from '../../core/errors.ts';
import { runChecks } from '../../health/check.ts';
import { doctorChecks } from '../../health/doctor.ts';
import { partnerKeyCheck } from '../../health/keys.ts';
import { smtpCheck, wayCheck } from '../../health/mail.ts';
import { inside, type Premises } from '../premises.ts';
import { type ReportAnswer, reportAnswer } from '../probes/shapes.ts';
import { openProbes, type Probe, placeOf } from '../probes/turns.ts';
import type { Web } from '../route.ts';
import { keyringOf, settingsOf } from '../settings/open.ts';
import { mailProbes } from './probes-mail.ts';
import { targetProbes } from './probes-targets.ts';
import { trialRoutes } from './trials.ts';

const config = { right: 'operator' } as const;
const tags = ['tests'];

/** Tests of connections, live, with the words of whoever answers. They are in the audit, and no viewer may run them. */
export function probeRoutes(web: Web, premises: Premises): void {
  const probe = openProbes(premises);
  mailProbes(web, premises, probe);
  targetProbes(web, premises, probe);
  partnerProbe(web, premises, probe);
  trialRoutes(web, premises);
  doctor(web, premises);
}

function doctor(web: Web, premises: Premises): void {
  let isUnderWay = false;
  web.get(
    '/api/doctor',
    { config, schema: { tags, summary: 'Tests everything that the box lives on', response: { 200: reportAnswer } } },
    async ({ language, by }): Promise<ReportAnswer> => {
      const { settings, store, keyring } = inside(premises);
      if (isUnderWay) throw new RohrpostError('probe-busy');
      isUnderWay = true;
      try {
        const { folder, clock, secrets, desk } = premises;
        desk.audit.add({ by, act: 'doctor', now_ms: clock.now() });
        const parts = { folder, clock, secrets, store, keyring, language, settings: settings.current() };
        const checks = doctorChecks(parts, { isRunning: true, alarm: settings.alarm() });
        const found: ReportAnswer['checks'] = [];
        for await (const report of runChecks(checks, language)) found.push(report);
        return { checks: found };
      } finally {
        isUnderWay = false;
      }
    },
  );
}

function partnerProbe(web: Web, premises: Premises, probe: Probe): void {
  const { folder, clock, secrets } = premises;
  const byId = group({ id: id({ description: 'Id of the partner' }) }, { description: 'Which one' });
  web.post(
    '/api/probes/partner/:id',
    {
      config,
      schema: {
        tags,
        summary: 'Tests the key of a partner and the way there',
        description:
          'Nothing is sent. The way is the mail server that takes our mails, or the listener of the partner.',
        params: byId,
        response: { 200: reportAnswer },
      },
    },
    async (request): Promise<ReportAnswer> => {
      const settings = await settingsOf(premises);
      const partner = entryOf(settings.partners, request.params.id);
      const parts = { folder, clock, secrets, settings, keyring: keyringOf(premises), language: request.language };
      const { smtp } = settings.mail;
      const way = partner.smtp || !smtp ? wayCheck(parts, partner) : smtpCheck(parts, smtp);
      const checks = [
        { kind: 'partner-key', check: partnerKeyCheck(parts, partner) },
        { kind: 'partner-way', ...placeOf(partner.smtp ?? smtp), check: way },
      ];
      const found = await Promise.all(
        checks.map(async ({ check, ...probed }) => {
          const { elapsed_ms: _, ...finding } = await probe(request, probed, check);
          return { name: check.name, ...finding };
        }),
      );
      return { checks: found };
    },
  );
}
