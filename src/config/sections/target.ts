import { Type } from 'typebox';
import {
  account,
  aeTitle,
  folderFields,
  folderPattern,
  group,
  host,
  id,
  oneOf,
  orNull,
  path,
  port,
  secret,
  shareName,
  text,
  yesNo,
} from '../kinds.ts';
import { caFile, certFile, keyFile } from './tls.ts';

const targetBase = {
  id: id({ description: 'Short name in tables and commands' }),
  name: Type.Optional(text({ description: 'Name for people; none: the id' })),
  default: yesNo({ description: 'Takes what comes from partners that name no targets', default: true }),
};
const layoutPattern = () =>
  folderPattern({
    description: `Folders of a study below the target; fields: ${folderFields.map((f) => `{${f}}`).join(' ')}`,
    default: '{date}/{modality}-{study_id}/{series}',
  });

export const dicomTarget = group(
  {
    ...targetBase,
    kind: Type.Literal('dicom', { description: 'A PACS, by C-STORE' }),
    host: host({ description: 'Host of the PACS' }),
    port: port({ description: 'Its port', default: 104 }),
    ae_title: aeTitle({ description: 'Its AE title' }),
    tls: orNull(
      group(
        {
          ca_file: Type.Optional(caFile()),
          key_file: Type.Optional(keyFile()),
          cert_file: Type.Optional(certFile()),
        },
        { description: 'DICOM over TLS' },
      ),
      { description: 'DICOM over TLS; off (null): plain' },
    ),
  },
  { description: 'DICOM target' },
);

export const smbTarget = group(
  {
    ...targetBase,
    kind: Type.Literal('smb', { description: 'A shared folder, by SMB' }),
    host: host({ description: 'File server' }),
    port: port({ description: 'Its port', default: 445 }),
    share: shareName({ description: 'Name of the share' }),
    user: account({ description: 'Account' }),
    password: secret({ description: 'Password, as secret:NAME' }),
    domain: Type.Optional(account({ description: 'Domain or workgroup of the account' })),
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

export const folderTarget = group(
  {
    ...targetBase,
    kind: Type.Literal('folder', { description: 'A folder of this machine' }),
    path: path({ description: 'The folder' }),
    folder_pattern: layoutPattern(),
  },
  { description: 'Folder target' },
);
