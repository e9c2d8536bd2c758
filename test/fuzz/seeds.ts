/** Right inputs to begin with; the same at every call, so that a seed number is enough to play a run again. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { ctFile } from '../../scripts/phantom/header.ts';
import { scanner } from '../../scripts/phantom/scan.ts';
import {
  type Envelope,
  encryptedMail,
  fragmentsOf,
  innerEntity,
  lines,
  plainMail,
  receiptEntity,
  signedEntity,
  signedMail,
} from '../support/handmade-mail.ts';
import { buildDataSet, buildInstance, element, type InstanceOptions, sequence } from '../support/instances.ts';
import { SAMPLES_FOLDER } from '../support/samples.ts';
import { INPUT_BYTES } from './shared.ts';

const UIDS = {
  ...{ SOPInstanceUID: '2.25.1001', StudyInstanceUID: '2.25.1', SeriesInstanceUID: '2.25.11' },
  pixelBytes: Buffer.alloc(32, 7),
} satisfies InstanceOptions;

/** A data set alone: explicit, little endian, with a sequence and private elements. */
export function dataSet(): Buffer {
  const items = [element(0x00080100, 'SH', 'T-1'), sequence(0x00081199, [element(0x00081155, 'UI', '2.25.7')])];
  return buildDataSet({
    ...UIDS,
    elements: {
      528434: sequence(0x00081032, items),
      589840: element(0x00090010, 'LO', 'PRIVATE'),
      593921: element(0x00091001, 'UN', Buffer.alloc(40, 1)),
    },
  });
}

/** DICOM files: handmade ones, a slice of the phantom, and the short ones among pydicom's, where they are installed. */
export function dicomFiles(): Buffer[] {
  const file = buildInstance(UIDS);
  const japanese = buildInstance({
    ...UIDS,
    elements: {
      524293: element(0x00080005, 'CS', '\\ISO 2022 IR 87'),
      1048592: element(0x00100010, 'PN', Buffer.from('Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B', 'latin1')),
    },
  });
  const head = file.subarray(0, file.length - buildDataSet(UIDS).length);
  const deflated = Buffer.concat([
    renamed(head, '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.1.99'),
    deflateRawSync(dataSet()),
  ]);
  return [file, japanese, deflated, Buffer.concat([head, dataSet()]), phantom(), ...samples()];
}

/** Its UIDs are fresh at each call; here they must not be. */
function phantom(): Buffer {
  const size = 32;
  const file = ctFile(
    {
      patient: { name: 'Testperson^Erika', id: 'TEST-0001', birthDate: '19600102', sex: 'F' },
      ...{ studyUid: '2.25.1', seriesUid: '2.25.11', frameOfReferenceUid: '2.25.12', number: 2 },
      ...{ description: 'Thorax', kernel: 'B31f', accession: 'TEST-ACC-1', date: '20261120', time: '080000', size },
    },
    1,
    scanner(size, 1)(0.5),
  );
  return Buffer.from(
    file.toString('latin1').replace(/2\.25\.\d{20,}/g, (uid) => '2.25.'.padEnd(uid.length, '7')),
    'latin1',
  );
}

function samples(): Buffer[] {
  const folder = join(SAMPLES_FOLDER, 'test_files');
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.dcm') || name === 'DICOMDIR');
  } catch {
    return []; // python3-pydicom is not installed: the handmade ones will do
  }
  const files = names.sort().map((name) => readFileSync(join(folder, name)));
  return files.filter((file) => file.length <= INPUT_BYTES / 2);
}

const renamed = (file: Buffer, from: string, to: string) =>
  Buffer.from(
    file
      .toString('latin1')
      .replace(`${String.fromCharCode(from.length + 1)}\0${from}\0`, `${String.fromCharCode(to.length)}\0${to}`),
    'latin1',
  );

const ENVELOPE: Envelope = {
  ...{ from: 'Radiologie <dicom@klinik.example>', to: 'box@a.example', messageId: '<1.set@klinik.example>' },
  headers: [
    ...['X-TELEMEDICINE-SETID: set-1', 'X-TELEMEDICINE-SETPART: 1', 'X-TELEMEDICINE-SETTOTAL: 3'],
    'Disposition-Notification-To: dicom@klinik.example',
  ],
};

/** Mails of every kind that the box tells apart, and what is inside them. */
export function mails(signature = '-----BEGIN PGP SIGNATURE-----\n\naaaa\n-----END PGP SIGNATURE-----'): Buffer[] {
  const report = receiptEntity({
    answers: '<1@a.example>',
    disposition: 'displayed',
    recipient: 'dicom@klinik.example',
  });
  const image = buildInstance(UIDS);
  const inner = innerEntity(
    [
      { type: 'application/dicom', bytes: image },
      { type: "application/pdf; name*=utf-8''Bef%C3%BCnd.pdf", bytes: Buffer.from('%PDF-1.4 nothing') },
      { type: 'text/plain; charset=iso-8859-1', bytes: Buffer.from('Gr\xfc\xdfe', 'latin1') },
      {
        type: 'application/zip; name="DICOM.ZIP"',
        bytes: zip([
          ['A/IM1', image],
          ['README', Buffer.from('read me')],
        ]),
      },
    ],
    { fields: ['set-1', 1, 3], headers: ['X-ROHRPOST-ACCEPTS: batch'] },
  );
  const mail = encryptedMail('-----BEGIN PGP MESSAGE-----\n\naaaa\n=aaaa\n-----END PGP MESSAGE-----', ENVELOPE);
  const all = [
    ...[mail, inner, report, signedEntity(report, signature), signedMail(report, signature, ENVELOPE)],
    ...fragmentsOf(mail, 2, { from: 'dicom@klinik.example', to: 'box@a.example', id: 'frag-1' }),
    ...[bounce(), quoted(), plainMail('text/plain', 'Guten Tag', ENVELOPE)],
    Buffer.from(inner.toString('latin1').replaceAll('\r\n', '\n'), 'latin1'),
  ];
  return all.map((bytes) =>
    Buffer.from(bytes.toString('latin1').replace(/^Date: .*$/m, 'Date: Fri, 20 Nov 2026 08:00:00 +0000'), 'latin1'),
  );
}

function bounce(): Buffer {
  const status = lines(
    ...['Reporting-MTA: dns; mx.b.example', '', 'Final-Recipient: rfc822; dicom@klinik.example', 'Action: failed'],
    'Status: 5.1.1',
    'Diagnostic-Code: smtp; 550 5.1.1 unknown user',
  );
  const body = [
    lines('--b', 'Content-Type: text/plain', '', 'Undelivered'),
    lines('--b', 'Content-Type: message/delivery-status', '', status),
    lines('--b', 'Content-Type: text/rfc822-headers', '', 'Message-ID: <1@a.example>', 'Subject: DICOM-eMail', '--b--'),
  ];
  return plainMail('multipart/report; report-type=delivery-status; boundary="b"', body.join(''), ENVELOPE);
}

/** Quoted-printable, a nested multipart, names by RFC 2047 and RFC 2231 in pieces. */
function quoted(): Buffer {
  const head = [
    'Content-Type: application/octet-stream; name="=?utf-8?q?Bef=C3=BCnd?="',
    'Content-Transfer-Encoding: quoted-printable',
  ];
  const disposition = "Content-Disposition: attachment; filename*0*=utf-8''a%20b; filename*1=c.pdf (a comment)";
  const nested = lines('--in', ...head, disposition, 'X-TELEMEDICINE-STUDYID: 1.2.3', '', 'a=3Db=', 'c', '--in--');
  return plainMail(
    'multipart/mixed; boundary=out',
    lines('--out', 'Content-Type: multipart/mixed; boundary=in', '', nested, '--out--'),
    ENVELOPE,
  );
}

/** An archive whose entries are not compressed (PKWARE APPNOTE 4.3). */
export function zip(entries: readonly (readonly [name: string, bytes: Buffer])[]): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, bytes] of entries) {
    const common = Buffer.alloc(26);
    common.writeUInt16LE(10, 0);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), bytes]);
    const more = Buffer.alloc(14);
    more.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([Buffer.from('PK\x01\x02\x0a\x00'), common, more, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}
