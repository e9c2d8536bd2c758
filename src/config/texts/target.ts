import { type SaidOf, said } from '../said.ts';
import type { Target } from '../schema.ts';
import { caFile, certFile, keyFile } from './tls.ts';

const common = {
  id: said('Kennung', 'Id', 'Kurzer Name in Tabellen und Befehlen'),
  name: said('Name', 'Name', 'Name für Menschen; ohne: die Kennung'),
  default: said('Standardziel', 'Default target', 'Nimmt, was von Partnern kommt, die keine Ziele nennen'),
};
const layout = said(
  'Ordnermuster',
  'Folder pattern',
  'Ordner einer Studie unterhalb des Ziels; Felder: {date} {modality} {study_id} {study_uid} {series} {accession} {partner}',
);
const kind = <Kind extends Target['kind']>(value: Kind, de: string, en: string, description_de: string) => ({
  ...said('Art', 'Kind', description_de),
  values: { [value]: { de, en } } as Record<Kind, { de: string; en: string }>,
});

export const targetTexts: SaidOf<Target> = {
  ...said('Ziel', 'Target', 'Ein Ziel'),
  kinds: {
    dicom: {
      ...said('PACS (DICOM)', 'PACS (DICOM)', 'DICOM-Ziel'),
      fields: {
        ...common,
        kind: kind('dicom', 'PACS (DICOM)', 'PACS (DICOM)', 'Ein PACS, per C-STORE'),
        host: said('Rechner', 'Host', 'Rechner des PACS'),
        port: said('Port', 'Port', 'Sein Port'),
        ae_title: said('AE-Titel', 'AE title', 'Sein AE-Titel'),
        tls: {
          ...said('DICOM über TLS', 'DICOM over TLS', 'DICOM über TLS; aus (null): unverschlüsselt'),
          fields: { ca_file: caFile, key_file: keyFile, cert_file: certFile },
        },
      },
    },
    smb: {
      ...said('Netzwerkfreigabe (SMB)', 'Network share (SMB)', 'SMB-Ziel'),
      fields: {
        ...common,
        kind: kind('smb', 'Netzwerkfreigabe (SMB)', 'Network share (SMB)', 'Ein freigegebener Ordner, per SMB'),
        host: said('Dateiserver', 'File server', 'Dateiserver'),
        port: said('Port', 'Port', 'Sein Port'),
        share: said('Freigabe', 'Share', 'Name der Freigabe'),
        user: said('Konto', 'Account', 'Konto'),
        password: said('Passwort', 'Password', 'Passwort, als secret:NAME'),
        domain: said('Domäne', 'Domain', 'Domäne oder Arbeitsgruppe des Kontos'),
        engine: {
          ...said(
            'SMB-Programm',
            'SMB program',
            'Programm, das SMB spricht: smbclient (SMB 3, signiert, verschlüsselt), node-smb2 (SMB 2.1, ungeschützt)',
          ),
          values: {
            auto: { de: 'automatisch', en: 'automatic' },
            smbclient: { de: 'smbclient (SMB 3)', en: 'smbclient (SMB 3)' },
            'node-smb2': { de: 'node-smb2 (SMB 2.1, ungeschützt)', en: 'node-smb2 (SMB 2.1, unprotected)' },
          },
        },
        encrypt: {
          ...said('Verschlüsselung', 'Encryption', 'Verschlüsselung der Leitung; aus: nur signiert'),
          values: {
            required: { de: 'verlangt', en: 'required' },
            if_possible: { de: 'wenn möglich', en: 'if possible' },
            off: { de: 'aus (nur signiert)', en: 'off (signed only)' },
          },
        },
        folder_pattern: layout,
      },
    },
    folder: {
      ...said('Ordner dieser Box', 'Folder of this box', 'Ordner-Ziel'),
      fields: {
        ...common,
        kind: kind('folder', 'Ordner dieser Box', 'Folder of this box', 'Ein Ordner dieser Maschine'),
        path: said('Ordner', 'Folder', 'Der Ordner'),
        folder_pattern: layout,
      },
    },
  },
};
