import type { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Appliance } from '../appliance/appliance.ts';
import { examine } from '../config/examine.ts';
import type { Settings } from '../config/schema.ts';
import type { Secrets } from '../config/secrets.ts';
import { update } from '../config/sections/update.ts';
import type { Clock } from '../core/clock.ts';
import { RohrpostError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { updateLimits } from '../core/update-limits.ts';
import type { Health } from '../health/lights.ts';
import { studiesMove } from '../update/moving.ts';
import { openUpdates } from '../update/open.ts';
import { readOperator } from '../update/operator.ts';
import { readRoots } from '../update/trust.ts';
import type { Updates } from '../update/updates.ts';
import type { BoxReport } from '../update/words.ts';
import type { Box } from './box.ts';
import { mailReport } from './report-mail.ts';

/** A new one for each start of the machine (random(4)). */
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

/**
 * The updates of an appliance, with everything around them that they look at. Its image says who made it (`ROHRPOST_OPERATOR`) and
 * who may sign (`ROHRPOST_UPDATE_TRUST`).
 */
export async function openUpdating(o: {
  folder: string;
  clock: Clock;
  log: Log;
  appliance: Appliance;
  secrets: Secrets;
  box(): Box | null;
  lights(): ReturnType<Health['lights']>;
}): Promise<Updates> {
  const { folder, clock, log, appliance, secrets, box } = o;
  const { ROHRPOST_OPERATOR: operator, ROHRPOST_UPDATE_TRUST: trust } = process.env;
  let roots: X509Certificate[] | null = null;
  /** A box that is not set up is updated as an image is by default. */
  const usual = examine(update, {}).value as Settings['update'];
  return openUpdates({
    ...{ folder, clock, log, appliance },
    operator: readOperator(operator, log),
    roots: () => {
      if (trust === undefined) throw new RohrpostError('update-no-trust', { details: { reason: '-' } });
      roots ??= readRoots(trust);
      return roots;
    },
    settings: () => box()?.settings.current().update ?? usual,
    worked: () => box() !== null,
    studiesMove: () => studiesMove(box()?.store.moving.now(updateLimits.movements) ?? [], clock.now()),
    health: () => colourOf(o.lights()),
    hostName: hostname,
    mail: (to, report) => mailReport(to, report, { folder, secrets, box: box(), now_ms: clock.now() }),
    boot: readFileSync(BOOT_ID, 'utf8').trim(),
  });
}

function colourOf(lights: ReturnType<Health['lights']>): BoxReport['health'] {
  if (lights.some(({ tone }) => tone === 'fail')) return 'red';
  return lights.some(({ tone }) => tone === 'warn') ? 'yellow' : 'green';
}
