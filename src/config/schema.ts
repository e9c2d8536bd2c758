import { type Static, Type } from 'typebox';
import * as kind from './kinds.ts';

/**
 * The one schema of the settings: of the file `settings.yaml`, of the form, of the API body, and of the defaults.
 * Names end in their unit (`_s`, `_h`, `_days`, `_bytes`).
 */

/** The format of the file; a change that old files do not fit raises it and adds a step to `migrations.ts`. */
export const SETTINGS_VERSION = 1;

const { group, list, orNull, oneOf, text, integer, yesNo, host, port, listenPort, path, id, secret } = kind;

const caFile = () => path({ description: 'Certificates (PEM) to trust instead of those of the system' });
const keyFile = () => path({ description: 'Private key (PEM)' });
const certFile = () => path({ description: 'Certificate chain (PEM)' });
const security = () =>
  oneOf(['starttls', 'tls'], {
    description:
      'Encryption of the line: starttls (begun by command) or tls (from the first byte). There is no plain one',
    default: 'starttls',
  });

const smtp = group(
  {
    host: host({ description: 'Mail server that takes our mails' }),
    port: port({ description: 'Its port', default: 587 }),
    security: security(),
    user: Type.Optional(text({ description: 'User name; none: no log-in' })),
    password: Type.Optional(secret({ description: 'Password, as secret:NAME' })),
    ca_file: Type.Optional(caFile()),
    client_name: Type.Optional(host({ description: 'Name we greet with (EHLO); none: the domain of our address' })),
  },
  { description: 'Sending by SMTP' },
);

const imap = group(
  {
    host: host({ description: 'Mail server that holds our mailbox' }),
    port: port({ description: 'Its port', default: 993 }),
    security: oneOf(['starttls', 'tls'], { description: 'Encryption of the line', default: 'tls' }),
    user: text({ description: 'User name' }),
    password: secret({ description: 'Password, as secret:NAME' }),
    ca_file: Type.Optional(caFile()),
    folder: kind.mailFolder({ description: 'Folder to collect from', default: 'INBOX' }),
    afterwards: oneOf(['move', 'delete'], { description: 'What becomes of a collected mail', default: 'move' }),
    move_to: kind.mailFolder({ description: 'Folder that collected mails are moved to', default: 'Rohrpost' }),
  },
  { description: 'Collecting by IMAP' },
);

const listener = group(
  {
    host: host({ description: 'Address to listen on', default: '0.0.0.0' }),
    port: listenPort({ description: 'Port to listen on', default: 2525 }),
    security: security(),
    key_file: keyFile(),
    cert_file: certFile(),
  },
  { description: 'Our own SMTP listener' },
);

const partner = group(
  {
    id: id({ description: 'Short name in tables and commands' }),
    name: text({ description: 'Name for people' }),
    address: kind.address({ description: 'Mail address of the partner' }),
    ae_title: kind.aeTitle({ description: 'AE title on our box that stands for this partner' }),
    fingerprints: list(kind.fingerprint({ description: 'OpenPGP fingerprint (40 hex digits)' }), {
      description: 'Pinned keys of the partner; the first is encrypted to. Key files: keys/partners/<FINGERPRINT>.asc',
      default: [],
      maxItems: 10,
    }),
    smtp: orNull(smtp, { description: 'Direct way to the listener of this partner; null: by our mail server' }),
    form: oneOf(['auto', 'classic', 'batch'], {
      description: 'One object per mail (classic), many (batch), or as the partner announces (auto)',
      default: 'auto',
    }),
    max_mail_bytes: integer(100_000, 8_589_934_592, {
      description: 'Largest mail this partner takes, as it travels',
      default: 20_000_000,
    }),
    fragments: yesNo({ description: 'May cut a mail into message/partial where it is too large', default: false }),
    compress: oneOf(['auto', 'always', 'never'], { description: 'Compression inside OpenPGP', default: 'auto' }),
    inner: oneOf(['auto', 'base64', 'binary'], {
      description: 'Encoding of the objects inside the encrypted part',
      default: 'auto',
    }),
    receipts: group(
      {
        ask: yesNo({ description: 'Ask this partner for receipts', default: true }),
        accept_unsigned: yesNo({ description: 'UNSAFE: take receipts without a signature', default: false }),
        send: oneOf(['signed', 'plain', 'none'], { description: 'How we answer', default: 'signed' }),
      },
      { description: 'Receipts', default: {} },
    ),
    confirm_within_h: integer(1, 8_760, { description: 'Alarm when no receipt came by then', default: 24 }),
    legacy_crypto: yesNo({
      description: 'UNSAFE: take SHA-1 signatures, DSA/ElGamal keys, messages without integrity protection',
      default: false,
    }),
    deliver: oneOf(['whole', 'as_it_arrives'], {
      description: 'Deliver a set only when it is complete, or object by object (emergencies)',
      default: 'whole',
    }),
    targets: list(id({ description: 'Id of a target' }), {
      description: 'Where what comes from this partner goes; empty: all default targets',
      default: [],
    }),
    patient_id: oneOf(['keep'], { description: 'Patient ID of what comes in', default: 'keep' }),
    hold: yesNo({ description: 'Hold everything for this partner back', default: false }),
  },
  { description: 'Another site' },
);

const quietSeconds = { description: 'A study counts as complete after this time without a new image' };
const capSeconds = { description: 'A study goes at the latest this long after its first image' };

const route = group(
  {
    id: id({ description: 'Short name of the rule' }),
    when: group(
      {
        called_ae: Type.Optional(kind.aeTitle({ description: 'AE title that the modality called' })),
        calling_ae: Type.Optional(kind.aeTitle({ description: 'AE title of the modality' })),
        modality: Type.Optional(kind.modality({ description: 'Modality of the series, such as CT' })),
      },
      { description: 'Conditions, all of which must hold; none: every study' },
    ),
    to: list(id({ description: 'Id of a partner' }), { description: 'Partners', minItems: 1, maxItems: 100 }),
    urgent: yesNo({ description: 'Send while the study still arrives, before everything else', default: false }),
    quiet_s: Type.Optional(integer(1, 86_400, quietSeconds)),
    cap_s: Type.Optional(integer(1, 604_800, capSeconds)),
  },
  { description: 'Which studies go to which partners' },
);

const targetBase = {
  id: id({ description: 'Short name in tables and commands' }),
  name: Type.Optional(text({ description: 'Name for people; none: the id' })),
  default: yesNo({ description: 'Takes what comes from partners that name no targets', default: true }),
};
const layoutPattern = () =>
  kind.folderPattern({
    description: `Folders of a study below the target; fields: ${kind.folderFields.map((f) => `{${f}}`).join(' ')}`,
    default: '{date}/{modality}-{study_id}/{series}',
  });

const dicomTarget = group(
  {
    ...targetBase,
    kind: Type.Literal('dicom', { description: 'A PACS, by C-STORE' }),
    host: host({ description: 'Host of the PACS' }),
    port: port({ description: 'Its port', default: 104 }),
    ae_title: kind.aeTitle({ description: 'Its AE title' }),
    tls: orNull(
      group(
        {
          ca_file: Type.Optional(caFile()),
          key_file: Type.Optional(keyFile()),
          cert_file: Type.Optional(certFile()),
        },
        { description: 'DICOM over TLS' },
      ),
      { description: 'DICOM over TLS; null: plain' },
    ),
  },
  { description: 'DICOM target' },
);

const smbTarget = group(
  {
    ...targetBase,
    kind: Type.Literal('smb', { description: 'A shared folder, by SMB' }),
    host: host({ description: 'File server' }),
    port: port({ description: 'Its port', default: 445 }),
    share: kind.shareName({ description: 'Name of the share' }),
    user: kind.account({ description: 'Account' }),
    password: secret({ description: 'Password, as secret:NAME' }),
    domain: Type.Optional(kind.account({ description: 'Domain or workgroup of the account' })),
    engine: oneOf(['auto', 'smbclient', 'node-smb2'], {
      description: 'Program that speaks SMB: smbclient (SMB 3, signed, encrypted), node-smb2 (SMB 2.1, unprotected)',
      default: 'auto',
    }),
    encrypt: oneOf(['required', 'if_possible', 'off'], {
      description: 'Encryption of the line; off: signed only',
      default: 'if_possible',
    }),
    folder_pattern: layoutPattern(),
  },
  { description: 'SMB target' },
);

const folderTarget = group(
  {
    ...targetBase,
    kind: Type.Literal('folder', { description: 'A folder of this machine' }),
    path: path({ description: 'The folder' }),
    folder_pattern: layoutPattern(),
  },
  { description: 'Folder target' },
);

export const settingsSchema = group(
  {
    version: integer(SETTINGS_VERSION, SETTINGS_VERSION, { description: 'Format of this file' }),
    site: group(
      {
        name: text({ description: 'Name of this site' }),
        language: oneOf(['de', 'en'], { description: 'Language of pages, mails and commands', default: 'de' }),
        ae_title: kind.aeTitle({ description: 'Our own AE title', default: 'ROHRPOST' }),
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
              ae_title: Type.Optional(kind.aeTitle({ description: 'AE title of the modality' })),
              address: Type.Optional(kind.network({ description: 'Its IP address or network' })),
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
    mail: group(
      {
        address: kind.address({ description: 'Our own mail address' }),
        smtp: orNull(smtp, { description: 'Mail server for sending; null: only direct ways to partners' }),
        imap: orNull(imap, { description: 'Mailbox to collect from; null: none' }),
        listener: orNull(listener, { description: 'Own SMTP listener for partners that send directly; null: off' }),
        poll_s: integer(5, 3_600, { description: 'The mailbox is looked at, at the latest, this often', default: 60 }),
      },
      { description: 'Mail' },
    ),
    partners: list(partner, { description: 'Partners', default: [] }),
    settle: group(
      {
        quiet_s: integer(1, 86_400, { ...quietSeconds, default: 60 }),
        cap_s: integer(1, 604_800, { ...capSeconds, default: 1_800 }),
      },
      { description: 'When a study is complete enough to go, where its route says nothing', default: {} },
    ),
    routes: list(route, {
      description: 'Rules; without one, a study goes to the partner whose AE title was called',
      default: [],
    }),
    targets: list(Type.Union([dicomTarget, smbTarget, folderTarget]), {
      description: 'Where what comes in is delivered',
      default: [],
    }),
    retention: group(
      {
        done_days: integer(0, 3_650, { description: 'Keep finished studies this long', default: 7 }),
        quarantine_days: integer(1, 3_650, { description: 'Keep quarantined mails this long', default: 90 }),
      },
      { description: 'How long things are kept', default: {} },
    ),
    disk: group(
      {
        reserve_bytes: integer(0, 2 ** 50, {
          description: 'Free space that accepting never touches',
          default: 1_073_741_824,
        }),
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

export type Settings = Static<typeof settingsSchema>;
export type Partner = Settings['partners'][number];
export type Route = Settings['routes'][number];
export type Target = Settings['targets'][number];
export type DicomTarget = Extract<Target, { kind: 'dicom' }>;
export type SmbTarget = Extract<Target, { kind: 'smb' }>;
export type FolderTarget = Extract<Target, { kind: 'folder' }>;
export type Smtp = NonNullable<Settings['mail']['smtp']>;
export type Imap = NonNullable<Settings['mail']['imap']>;
export type Listener = NonNullable<Settings['mail']['listener']>;

/** The part of our own mail address after the @. */
export function mailDomain(settings: Settings): string {
  return settings.mail.address.slice(settings.mail.address.lastIndexOf('@') + 1);
}
