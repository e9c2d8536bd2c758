import type { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Agent } from 'node:https';
import { resolve } from 'node:path';
import type { Appliance } from '../appliance/appliance.ts';
import { machineTrouble } from '../appliance/trouble.ts';
import type { Settings } from '../config/schema.ts';
import type { Clock } from '../core/clock.ts';
import { asRohrpostError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { type UpdateLimits, updateLimits } from '../core/update-limits.ts';
import type { HttpsRequest } from './https.ts';
import type { Operator } from './operator.ts';
import { withEvent } from './outcome.ts';
import type { ReportTarget } from './reporter.ts';
import { openState, type StateFile } from './state.ts';
import type { UpdateEvent, UpdateState } from './updates.ts';
import type { BoxReport } from './words.ts';

/** Nothing of ours was made before this; a clock that says so has lost its battery. */
const FLOOR_MS = Date.UTC(2026, 0, 1);

/** What updating needs of the house around it. */
export interface UpdateParts {
  /** The data folder. */
  folder: string;
  clock: Clock;
  log: Log;
  appliance: Appliance;
  operator: Operator | null;
  /** @throws RohrpostError update-no-trust */
  roots(): readonly X509Certificate[];
  settings(): Settings['update'];
  /** The box is set up, and works. */
  worked(): boolean;
  studiesMove(): boolean;
  health(): BoxReport['health'];
  hostName(): string;
  /** Sends a report as signed mail. @throws RohrpostError update-report-no-mail, transport-… */
  mail(to: string, report: BoxReport): Promise<void>;
  /** Which start of the machine this is (boot_id of the kernel). */
  boot: string;
  /** For tests and the simulation. */
  limits?: UpdateLimits;
  agent?: Agent;
}

/** What the parts of an engine share. */
export interface Context extends UpdateParts {
  readonly limits: UpdateLimits;
  readonly line: Pick<HttpsRequest, 'signal' | 'agent'>;
  readonly state: StateFile;
  /** The data partition is there and of this machine; else there is nothing to update, and nobody to report. */
  hasData(): boolean;
  /** Where to look for updates. */
  channel(): UpdateState['channel'];
  /** The only authorities to trust for web servers; none: the public ones. @throws RohrpostError disk-error */
  ca(): string | undefined;
  reportTarget(): ReportTarget | null;
  clockIsRight(): boolean;
  /** Writes down what became of an update. */
  record(event: UpdateEvent): Promise<void>;
  /** Something is different now, or there is something to do. */
  onChange(): void;
}

export async function openContext(
  o: UpdateParts & { signal: AbortSignal; onChange(): void; onNews(): void },
): Promise<Context> {
  const { appliance, clock, log, limits = updateLimits, operator } = o;
  const { facts } = appliance;
  const name = facts.moved ? null : facts.name;
  const state = await openState(o.folder, { name, running: facts.version, log });
  return {
    ...{ ...o, limits, state },
    line: { signal: o.signal, ...(o.agent && { agent: o.agent }) },
    hasData: () => machineTrouble(facts) === null,
    channel: () => {
      const own = o.settings().channel;
      if (own !== null) return { url: own, by: 'settings' };
      return operator?.channel ? { url: operator.channel, by: 'operator' } : null;
    },
    ca: () => {
      const { tls_ca_file: file } = o.settings();
      try {
        return file === undefined ? undefined : readFileSync(resolve(o.folder, file), 'utf8');
      } catch (error) {
        throw asRohrpostError(error, 'disk-error');
      }
    },
    reportTarget: () => {
      const { report_url: url, report_address: address } = o.settings();
      // What the box's own people set stands for both ways.
      return url !== null || address !== null ? { url, address } : (operator?.report ?? null);
    },
    clockIsRight: () => {
      // Before the index was made, it cannot be now. Time servers are believed by whoever is in the network: a clock that one put
      // back would make an old index and a signer who has expired good again.
      const least_ms = (state.now().channel?.made_ms ?? 0) - limits.clock_skew_ms;
      return clock.now() >= Math.max(FLOOR_MS, least_ms);
    },
    record: async (event) => {
      await state.set(withEvent(state.now(), event));
      log.info('update', { version: event.version, result: event.result, code: event.code });
      o.onNews();
    },
  };
}
