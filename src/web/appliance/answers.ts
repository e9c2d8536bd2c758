import type { Appliance } from '../../appliance/appliance.ts';
import { group, integer, list, nullable, oneOf, text, type ValueOf, yesNo } from '../../config/kinds.ts';
import { RohrpostError } from '../../core/errors.ts';
import type { Premises } from '../premises.ts';

/** The shapes in which the API tells of the machine; the page imports their types. */

const address = text({ description: 'An address', maxLength: 200 });
const addresses = (description: string) => list(address, { description });
const seconds = (description: string) => integer(0, 100_000, { description });

const networkAnswer = group(
  {
    mode: oneOf(['dhcp', 'static'], { description: 'Where the address comes from' }),
    address: nullable(address, { description: 'With prefix length; null: from DHCP' }),
    gateway: nullable(address),
    dns: addresses('Name servers that were entered'),
    search: addresses('Domains in which short names are looked for'),
    links: list(
      group(
        {
          name: text({ description: 'Name' }),
          mac: text({ description: 'Hardware address' }),
          up: yesNo({ description: 'A cable is plugged in' }),
          addresses: addresses('With prefix length'),
        },
        { description: 'An interface' },
      ),
      { description: 'Interfaces' },
    ),
    now: group(
      { gateway: nullable(address), dns: addresses('Name servers') },
      { description: 'What is in use, whoever said so' },
    ),
    reverts_s: nullable(seconds('Until the last change is taken back; null: nothing to keep')),
    applying: yesNo({ description: 'A change was ordered and is being made' }),
    failure: nullable(text({ description: 'Why the last change was not made', maxLength: 2_000 })),
  },
  { description: 'Network' },
);

export const applianceAnswer = group(
  {
    name: text({ description: 'On its screen; .local leads to it' }),
    hardware: text({ description: 'Maker and model', minLength: 0 }),
    product: text({ description: 'What its firmware is for' }),
    version: text({ description: 'Of the firmware' }),
    variant: oneOf(['release', 'dev'], { description: 'A development image trusts development keys' }),
    moved: yesNo({ description: 'The data were made on other hardware' }),
    clockTrusted: yesNo({ description: 'The time came from a time server since the start' }),
    protection: oneOf(['tpm2', 'key-file', 'none'], { description: 'What the data on the disk are protected by' }),
    machine: nullable(
      group(
        {
          hostname: text({ description: 'Host name' }),
          network: networkAnswer,
          time: group(
            { servers: addresses('Time servers that were entered'), server: nullable(address) },
            { description: 'Time; `server`: the one in use' },
          ),
          ports: list(integer(1, 65_535, { description: 'A port' }), { description: 'What comes in from the network' }),
          recoveryKey: yesNo({ description: 'It lies on the box in clear, for somebody to note it down' }),
        },
        { description: 'What the system says' },
      ),
    ),
  },
  { description: 'The machine around the box. `machine` is null while the system does not answer' },
);
export type ApplianceAnswer = ValueOf<typeof applianceAnswer>;

export const orderedAnswer = group(
  {
    token: text({ description: 'For /api/appliance/network/reached' }),
    addresses: list(text({ description: 'An address of the page' }), { description: 'Where the page will be' }),
    within_s: seconds('Time to reach it there'),
  },
  { description: 'Decided; it happens in a moment' },
);
export type OrderedAnswer = ValueOf<typeof orderedAnswer>;

export const decided = group({ decided: yesNo({ description: 'It will be' }) }, { description: 'Decided' });

/** The machine, for whatever needs it. @throws RohrpostError appliance-none */
export function applianceOf({ appliance }: Pick<Premises, 'appliance'>): Appliance {
  if (appliance) return appliance;
  throw new RohrpostError('appliance-none');
}
