import { expect, test } from 'vitest';
import { followPorts } from '../../src/box/open-ports.ts';
import { RohrpostError } from '../../src/core/errors.ts';
import { silentLog } from '../../src/core/log.ts';
import { fakeAppliance } from '../support/appliance.ts';
import { eventually } from '../support/boxes.ts';
import { manualClock } from '../support/clock.ts';
import { freePort } from '../support/ports.ts';
import { openWeb } from '../support/web.ts';

const within = { within_ms: 15_000 };
const portsAsked = (appliance: ReturnType<typeof fakeAppliance>) =>
  appliance.acts.flatMap((request) => (request.act === 'ports' ? [request.tcp] : []));

test('a door that opens later is let in, one that shuts is shut out; where nothing changes, nothing is asked', async () => {
  const appliance = fakeAppliance();
  const clock = manualClock();
  let open = [443, 104, 443];
  const following = followPorts(appliance, { ports: () => open, clock, log: silentLog });
  await eventually(() => portsAsked(appliance).length === 1, within);
  const look = async () => {
    clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  };
  for (let time = 0; time < 3; time++) await look();
  open = [104, 443, 2762];
  await look();
  open = [443];
  await look();
  await following.stop();
  expect(portsAsked(appliance)).toEqual([[104, 443], [104, 443, 2762], [443]]);
});

test('a caretaker that is away is asked again until it takes the ports', async () => {
  const appliance = fakeAppliance();
  const clock = manualClock();
  appliance.failNext('ports', new RohrpostError('appliance-away', { details: { reason: 'test' } }), 2);
  const following = followPorts(appliance, { ports: () => [443], clock, log: silentLog });
  await eventually(() => {
    clock.advance(5_000);
    return portsAsked(appliance).length === 3;
  }, within);
  await following.stop();
  expect(appliance.system.ports).toEqual([443]);
});

test('the firewall of a running box follows its settings', async () => {
  const appliance = fakeAppliance();
  const web = await openWeb({ appliance });
  try {
    const now = () => Object.values(web.house.ports()).sort((one, other) => one - other);
    await eventually(() => appliance.system.ports.length === 2, within);
    expect(appliance.system.ports).toEqual(now());
    const { settings } = web.premises.box()!;
    const port = await freePort();
    await settings.save((draft) => {
      draft.dicom.port = port;
    }, settings.revision());
    await eventually(() => appliance.system.ports.includes(port), within);
    expect(appliance.system.ports).toEqual(now());
  } finally {
    await web.stop();
  }
});
