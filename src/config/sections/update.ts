import { address, group, httpsUrl, nullable, optional, timeOfDay, timeZone, yesNo } from '../kinds.ts';
import { caFile } from './tls.ts';

/** Updates of an appliance; a machine that is looked after by somebody else has no use for them. */
export const update = group(
  {
    automatic: yesNo({ description: 'Install updates by itself, in the maintenance window', default: true }),
    window: group(
      {
        from: timeOfDay({ description: 'From this time of day on', default: '02:00' }),
        to: timeOfDay({ description: 'Until this time of day', default: '05:00' }),
        time_zone: nullable(timeZone({ description: 'Time zone' }), {
          description: 'Time zone of these times, such as Europe/Berlin; off (null): that of the system',
          default: null,
        }),
      },
      { description: 'When the box may update and restart', default: {} },
    ),
    while_moving: yesNo({ description: 'Restart even while studies are under way', default: false }),
    channel: nullable(httpsUrl({ description: 'Folder with the updates (https://…)' }), {
      description: "Folder with the updates (https://…); off (null): the operator's",
      default: null,
    }),
    tls_ca_file: optional(caFile()),
    report_url: nullable(httpsUrl({ description: 'Address for reports (https://…)' }), {
      description: "Where reports of the box's state go by web (https://…); off (null): the operator's",
      default: null,
    }),
    report_address: nullable(address({ description: 'Mail address for reports' }), {
      description: "Where reports of the box's state go as signed mail; off (null): the operator's",
      default: null,
    }),
  },
  { description: 'Updates of the firmware', default: {} },
);
