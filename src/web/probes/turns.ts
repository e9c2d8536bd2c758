import type { FastifyRequest } from 'fastify';
import { RohrpostError } from '../../core/errors.ts';
import { healthLimits } from '../../core/limits.ts';
import { type Check, runCheck } from '../../health/check.ts';
import type { Premises } from '../premises.ts';
import type { FindingAnswer } from './shapes.ts';

/** What is tested, for the audit: whoever lets the box knock somewhere is named. */
export interface Probed {
  readonly kind: string;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}

/**
 * Runs a test, within its deadline; what it throws is a finding too.
 * @throws RohrpostError probe-busy, at once, where enough are under way
 */
export type Probe = (request: FastifyRequest, probed: Probed, check: Check) => Promise<FindingAnswer>;

/** Tests of connections: only a few at once, each in the audit. */
export function openProbes({ clock, desk }: Pick<Premises, 'clock' | 'desk'>): Probe {
  let underWay = 0;
  return (request, { kind, host, port }, check) => {
    if (underWay >= healthLimits.probes) throw new RohrpostError('probe-busy');
    underWay++;
    const { by, language } = request;
    const began_ms = clock.steady();
    return runCheck(check, language)
      .then((finding) => {
        const details = { host, port, state: finding.state, code: finding.code };
        desk.audit.add({ by, act: 'probe', subject: kind, details, now_ms: clock.now() });
        return { ...finding, elapsed_ms: Math.max(0, clock.steady() - began_ms) };
      })
      .finally(() => {
        underWay--;
      });
  };
}

/** Where a server is, for the audit. */
export const placeOf = (at: { host: string; port: number } | null) => (at ? { host: at.host, port: at.port } : {});
