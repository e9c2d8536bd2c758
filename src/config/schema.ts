import { type Static, Type } from 'typebox';
import { aeTitle, group, host, integer, list, listenPort, network, oneOf, orNull, path, text } from './kinds.ts';
import { withTexts } from './said.ts';
import { alarms } from './sections/alarms.ts';
import { mail } from './sections/mail.ts';
import { partner } from './sections/partner.ts';
import { route, settle } from './sections/route.ts';
import { dicomTarget, folderTarget, smbTarget } from './sections/target.ts';
import { certFile, keyFile } from './sections/tls.ts';
import { update } from './sections/update.ts';
import { web } from './sections/web.ts';
import { settingsTexts } from './texts/settings.ts';

/**
 * The one schema of the settings: of the file `settings.yaml`, of the form, of the API body, and of the defaults.
 * Names end in their unit (`_s`, `_h`, `_days`, `_bytes`). What people read beside the descriptions is in `texts/`.
 */

/** The format of the file; a change that old files do not fit raises it and adds a step to `migrations.ts`. */
export const SETTINGS_VERSION = 1;

const plainSchema = group(
  {
    version: integer(SETTINGS_VERSION, SETTINGS_VERSION, { description: 'Format of this file' }),
    site: group(
      {
        name: text({ description: 'Name of this site' }),
        language: oneOf(['de', 'en'], { description: 'Language of pages, mails and commands', default: 'de' }),
        ae_title: aeTitle({ description: 'Our own AE title', default: 'ROHRPOST' }),
      },
      { description: 'This site' },
    ),
    dicom: group(
      {
        host: host({ description: 'Address to listen on', default: '0.0.0.0' }),
        port: listenPort({ description: 'Port to listen on', default: 11_112 }),
        tls: orNull(
          group(
            {
              port: listenPort({ description: 'Port to listen on', default: 2762 }),
              key_file: keyFile(),
              cert_file: certFile(),
              ca_file: Type.Optional(path({ description: 'If given, modalities must show a certificate of this CA' })),
            },
            { description: 'DICOM over TLS' },
          ),
          { description: 'DICOM over TLS beside the plain port' },
        ),
        allow: list(
          group(
            {
              ae_title: Type.Optional(aeTitle({ description: 'AE title of the modality' })),
              address: Type.Optional(network({ description: 'Its IP address or network' })),
            },
            { description: 'A modality' },
          ),
          { description: 'Who may send to us; empty: everyone', default: [] },
        ),
        duplicates: oneOf(['refuse', 'warn'], {
          description: 'Answer to a modality that sends a known SOP instance with other content',
          default: 'refuse',
        }),
      },
      { description: 'Receiving from modalities', default: {} },
    ),
    mail,
    partners: list(partner, { description: 'Partners', default: [] }),
    settle,
    routes: list(route, {
      description: 'Rules; without one, a study goes to the partner whose AE title was called',
      default: [],
    }),
    targets: list(Type.Union([dicomTarget, smbTarget, folderTarget], { description: 'A target' }), {
      description: 'Where what comes in is delivered',
      default: [],
    }),
    alarms,
    web,
    update,
    retention: group(
      {
        done_days: integer(0, 3_650, { description: 'Keep finished studies this long', default: 7 }),
        quarantine_days: integer(1, 3_650, { description: 'Keep quarantined mails this long', default: 90 }),
      },
      { description: 'How long things are kept', default: {} },
    ),
    disk: group(
      {
        refuse_below_bytes: integer(0, 2 ** 50, {
          description: 'Below this free space nothing new is accepted',
          default: 3_221_225_472,
        }),
      },
      { description: 'Free space', default: {} },
    ),
    log: group(
      { level: oneOf(['debug', 'info', 'warn', 'error'], { description: 'How much is logged', default: 'info' }) },
      { description: 'Log', default: {} },
    ),
  },
  { description: 'Settings of a Rohrpost box' },
);

export type Settings = Static<typeof plainSchema>;
export type Partner = Settings['partners'][number];
export type Route = Settings['routes'][number];
export type Target = Settings['targets'][number];
export type DicomTarget = Extract<Target, { kind: 'dicom' }>;
export type Smtp = NonNullable<Settings['mail']['smtp']>;
export type Imap = NonNullable<Settings['mail']['imap']>;
export type Listener = NonNullable<Settings['mail']['listener']>;

/** With labels and German for every setting (`title`, `title_de`, `description_de`, `labels`): forms are drawn from it. */
export const settingsSchema = withTexts(plainSchema, settingsTexts);

/** The part of our own mail address after the @. */
export function mailDomain(settings: Settings): string {
  return settings.mail.address.slice(settings.mail.address.lastIndexOf('@') + 1);
}
