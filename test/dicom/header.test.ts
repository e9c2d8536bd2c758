import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { RohrpostError } from '../../src/core/errors.ts';
import { dicomLimits } from '../../src/core/limits.ts';
import { decodeText } from '../../src/dicom/charset.ts';
import { type Header, isUid, parseHeader, parseHeaderStart } from '../../src/dicom/header.ts';
import { isPart10, part10Header, readPart10 } from '../../src/dicom/part10.ts';
import {
  buildDataSet,
  buildInstance,
  EXPLICIT_LITTLE_ENDIAN,
  element,
  elementHead,
  sequence,
} from '../support/instances.ts';
import { python } from '../support/python.ts';
import { listSamples, SAMPLES_FOLDER, type Sample } from '../support/samples.ts';
import { inTemporaryFolder } from './temporary.ts';

let samples: Sample[];
beforeAll(async () => {
  samples = await listSamples();
});

function read(dataSet: Buffer, syntax = EXPLICIT_LITTLE_ENDIAN): Header {
  return parseHeader(dataSet, syntax);
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof RohrpostError) return error.code;
    throw error;
  }
  return 'none';
}

describe('what pydicom reads, we read', () => {
  test('there are samples of many transfer syntaxes and character sets', () => {
    expect(samples.length).toBeGreaterThan(130);
    expect(new Set(samples.map(({ transferSyntaxUid }) => transferSyntaxUid)).size).toBeGreaterThan(8);
    expect(new Set(samples.map(({ characterSet }) => characterSet)).size).toBeGreaterThan(10);
  });

  test('in every sample, names and descriptions in every character set', async () => {
    const different: string[] = [];
    for (const { path, characterSet: _, sopClassUid: __, ...expected } of samples) {
      const { header } = await readPart10(path);
      for (const [field, value] of Object.entries(expected)) {
        const ours = header[field as keyof Header];
        // pydicom leaves out an empty last component group, which we keep as it stands.
        if (ours.replace(/=$/, '').trim() !== value.trim())
          different.push(`${path} ${field}: ${JSON.stringify([ours, value])}`);
      }
    }
    expect(different).toEqual([]);
  });

  test('in files built here: Unicode, padding, empty and missing attributes', () => {
    const header = read(
      buildDataSet({ PatientName: 'Müller^Jörg=山田^太郎', PatientID: '', AccessionNumber: null, Modality: ' CT ' }),
    );
    expect(header).toMatchObject({
      patientName: 'Müller^Jörg=山田^太郎',
      patientId: '',
      accessionNumber: '',
      modality: 'CT',
    });
  });
});

describe('character sets', () => {
  const bytes = (...parts: (string | number[])[]) =>
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))));

  test.each<[string, Buffer, string]>([
    ['', bytes('Plain'), 'Plain'],
    ['ISO_IR 100', bytes('M\xfcller'), 'Müller'],
    ['ISO_IR 192', Buffer.from('Jäger^Änne'), 'Jäger^Änne'],
    ['ISO_IR 144', bytes([0xb4, 0xd8, 0xda, 0xd8]), 'Дики'],
    ['ISO_IR 126', bytes([0xc4, 0xe9, 0xef]), 'Διο'],
    ['ISO_IR 166', bytes([0xca, 0xc7, 0xd1]), 'สวั'],
    ['GB18030', bytes([0xcd, 0xf5, 0x5e, 0xd0, 0xa1, 0xb6, 0xab]), '王^小东'],
    ['GBK', bytes([0xcd, 0xf5]), '王'],
    ['ISO IR 100', bytes('\xe9'), 'é'],
    ['NONSENSE', bytes('\xe9'), 'é'],
    ['\\ISO 2022 IR 87', bytes('Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B'), 'Yamada^Tarou=山田^太郎'],
    ['ISO 2022 IR 13\\ISO 2022 IR 87', bytes([0xd4, 0xcf, 0xc0, 0xde], '=\x1b$B;3ED\x1b(J'), 'ﾔﾏﾀﾞ=山田'],
    ['\\ISO 2022 IR 149', bytes('Hong^Gil=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7'), 'Hong^Gil=洪^吉洞'],
    ['\\ISO 2022 IR 58', bytes('Wang=\x1b$)A\xcd\xf5'), 'Wang=王'],
    ['\\ISO 2022 IR 100\\ISO 2022 IR 144', bytes('\x1b-A\xe9\x1b-L\xb4'), 'éД'],
    ['\\ISO 2022 IR 159', bytes('\x1b$(D0!\x1b(B'), '丂'],
  ])('%s', (characterSets, value, expected) => {
    expect(decodeText(value, characterSets, 'name')).toBe(expected);
  });

  test('two-byte characters that contain a backslash, ^ or = stay whole', () => {
    // JIS X 0208: 0x3d 0x5c is 十 in rows that reach both delimiters.
    expect(decodeText(Buffer.from('\x1b$B=\\\x1b(B', 'latin1'), '\\ISO 2022 IR 87', 'name')).toHaveLength(1);
  });

  test('a delimiter brings the initial set back', () => {
    expect(decodeText(Buffer.from('\x1b-L\xb4^\xe9', 'latin1'), 'ISO 2022 IR 100\\ISO 2022 IR 144', 'name')).toBe(
      'Д^é',
    );
    expect(decodeText(Buffer.from('\x1b-L\xb4\\\xe9', 'latin1'), 'ISO 2022 IR 100\\ISO 2022 IR 144')).toBe('Д\\é');
  });
});

describe('F19: a hostile header', () => {
  const FRONT = [element(0x00080016, 'UI', '1.2'), element(0x00080018, 'UI', '1.2.3')];

  test.each([
    [
      'an element that claims 4 GB',
      Buffer.concat([...FRONT, elementHead(0x00091010, 'OB', 0xfffffffe), Buffer.alloc(100)]),
    ],
    [
      'a name that claims more than there is',
      Buffer.concat([...FRONT, elementHead(0x00100010, 'PN', 200), Buffer.alloc(100)]),
    ],
    [
      'an element without a value representation',
      Buffer.concat([...FRONT, Buffer.from('0900101000000400', 'hex'), Buffer.alloc(8)]),
    ],
    [
      'a sequence that never ends',
      Buffer.concat([...FRONT, elementHead(0x00081140, 'SQ', 0xffffffff), Buffer.alloc(0)]),
    ],
    [
      'an item inside an item',
      Buffer.concat([
        ...FRONT,
        elementHead(0x00081140, 'SQ', 0xffffffff),
        Buffer.from('feff00e0fffffffffeff00e0ffffffff', 'hex'),
      ]),
    ],
    [
      'two different Patient IDs',
      Buffer.concat([
        ...FRONT,
        element(0x00100020, 'LO', 'TEST-0001'),
        element(0x00100020, 'LO', 'TEST-0002'),
        element(0x00300000, 'LO', ''),
      ]),
    ],
  ])('%s is malformed', (_, dataSet) => {
    expect(codeOf(() => read(dataSet))).toBe('dicom-header-malformed');
  });

  test('10,000 nested sequences end at the depth limit, fast', () => {
    const open = Buffer.concat([elementHead(0x00081140, 'SQ', 0xffffffff), Buffer.from('feff00e0ffffffff', 'hex')]);
    const began_ms = performance.now();
    expect(codeOf(() => read(Buffer.concat(Array(10_000).fill(open))))).toBe('dicom-header-too-long');
    expect(performance.now() - began_ms).toBeLessThan(500);
  });

  test('a value of a megabyte where a name should be is too long', () => {
    const value = element(0x00100010, 'UT', Buffer.alloc(100_000, 65));
    expect(codeOf(() => read(Buffer.concat([...FRONT, value])))).toBe('dicom-header-too-long');
  });

  test('a header that goes on behind the limit is too long; a long one within it is read', () => {
    const filler = (bytes: number) => ({ 593936: element(0x00091010, 'OB', Buffer.alloc(bytes)) });
    const long = buildDataSet({ elements: filler(900_000) });
    expect(read(long.subarray(0, dicomLimits.header_bytes)).patientId).toBe('TEST-0001');
    const tooLong = buildDataSet({ elements: filler(2_000_000) });
    expect(codeOf(() => read(tooLong.subarray(0, dicomLimits.header_bytes)))).toBe('dicom-header-too-long');
  });

  test('a deflate bomb costs little', () => {
    const bomb = deflateRawSync(
      buildDataSet({ elements: { 593936: element(0x00091010, 'OB', Buffer.alloc(80_000_000)) } }),
    );
    const before = process.memoryUsage().arrayBuffers;
    expect(codeOf(() => read(bomb, '1.2.840.10008.1.2.1.99'))).toBe('dicom-header-too-long');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
  });

  test('a deflated header before highly compressible pixels is read', () => {
    const deflated = deflateRawSync(buildDataSet({ PatientID: 'TEST-0002', pixelBytes: Buffer.alloc(60_000_000) }));
    expect(read(deflated, '1.2.840.10008.1.2.1.99').patientId).toBe('TEST-0002');
    expect(codeOf(() => read(randomBytes(1_000), '1.2.840.10008.1.2.1.99'))).toMatch(/^dicom-header-/);
  });

  test('nested sequences of both lengths, empty ones, and private ones of VR UN are stepped over', () => {
    const inner = sequence(0x00081199, [element(0x00081150, 'UI', '1.2'), Buffer.alloc(0)]);
    const unknown = Buffer.concat([elementHead(0x00091001, 'UN', 0xffffffff), Buffer.from('feffdde000000000', 'hex')]);
    const header = read(
      buildDataSet({
        elements: {
          528704: sequence(0x00081140, [inner, inner], 'undefined'),
          528661: sequence(0x00081115, [inner, inner], 'explicit'),
          532754: sequence(0x00082112, []),
          593921: unknown,
        },
      }),
    );
    expect(header.patientName).toBe('Testperson^Erika');
  });

  test('every sample cut anywhere, and with bytes changed, gives a header or a code and nothing else', async () => {
    for (const { path, transferSyntaxUid } of samples) {
      const file = await readFile(path);
      const { dataSetOffset } = await readPart10(path);
      const dataSet = file.subarray(dataSetOffset, dataSetOffset + 4_096);
      for (let round = 0; round < 20; round++) {
        const cut = Buffer.from(dataSet.subarray(0, Math.floor(Math.random() * dataSet.length)));
        codeOf(() => read(cut, transferSyntaxUid));
        const changed = Buffer.from(dataSet);
        for (let hit = 0; hit < 4; hit++) changed[Math.floor(Math.random() * changed.length)] = randomBytes(1)[0]!;
        codeOf(() => read(changed, transferSyntaxUid));
      }
    }
  });

  test('a data set cut before its last wanted attribute is not taken for a short one', () => {
    const dataSet = buildDataSet({ pixelBytes: 0 });
    const end = dataSet.indexOf(Buffer.from([0x20, 0, 0x0d, 0])) + 4;
    expect(codeOf(() => read(dataSet.subarray(0, end)))).toBe('dicom-header-malformed');
  });

  test('F57: a read that ends between two elements, before the patient, is no header without a patient', async () => {
    const patient = 0x00100010;
    const dataSet = buildDataSet({ pixelBytes: 0 });
    const at = dataSet.indexOf(elementHead(patient, 'PN', 0).subarray(0, 6));
    expect(parseHeaderStart(dataSet.subarray(0, at), EXPLICIT_LITTLE_ENDIAN)).toBeNull();
    await inTemporaryFolder(async (folder) => {
      const whole = buildInstance();
      const before = whole.indexOf(elementHead(patient, 'PN', 0).subarray(0, 6));
      // What readers take first ends exactly where the patient's name begins.
      const padding = elementHead(0x00091001, 'UN', 32 * 1024 - before - 12);
      const file = Buffer.concat([
        whole.subarray(0, before),
        padding,
        Buffer.alloc(32 * 1024 - before - 12),
        whole.subarray(before),
      ]);
      const path = join(folder, 'long.dcm');
      await writeFile(path, file);
      expect((await readPart10(path)).header.patientName).toBe('Testperson^Erika');
    });
  });
});

describe('DICOM files', () => {
  test('our file head is one that pydicom reads without a warning', async () => {
    await inTemporaryFolder(async (folder) => {
      const uids = {
        sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
        sopInstanceUid: '1.2.3.4',
        transferSyntaxUid: '1.2.840.10008.1.2.1',
      };
      const head = part10Header({ ...uids, sourceAe: 'CT-1' });
      await writeFile(`${folder}/file`, Buffer.concat([head, buildDataSet({ SOPInstanceUID: '1.2.3.4' })]));
      const script = `
import sys, warnings
warnings.simplefilter('error')
import pydicom
meta = pydicom.dcmread(sys.argv[1]).file_meta
print(meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID, meta.TransferSyntaxUID, meta.SourceApplicationEntityTitle, meta.FileMetaInformationVersion.hex(), meta.FileMetaInformationGroupLength)`;
      const words = (await python(script, { args: [`${folder}/file`] })).toString().trim().split(' ');
      expect(words).toEqual([...Object.values(uids), 'CT-1', '0001', String(head.length - 144)]);
      expect((await readPart10(`${folder}/file`)).dataSetOffset).toBe(head.length);
    });
  });

  test('the data set says which instance it is, whatever the file meta information claims', async () => {
    const rtdose = samples.find(({ path }) => path.endsWith('/rtdose.dcm'))!;
    const { sopInstanceUid, dataSetOffset } = await readPart10(rtdose.path);
    expect(sopInstanceUid).toBe(rtdose.sopInstanceUid);
    expect((await readFile(rtdose.path)).subarray(0, dataSetOffset).includes(sopInstanceUid)).toBe(false);
  });

  test.each([
    ['no DICM', 'test_files/no_meta.dcm', 'dicom-not-part10'],
    ['a DICOMDIR', 'test_files/dicomdirtests/DICOMDIR', 'dicom-uid-illegal'],
    ['no transfer syntax', 'test_files/meta_missing_tsyntax.dcm', 'dicom-header-malformed'],
    ['a text', 'charset_files/FileInfo.txt', 'dicom-not-part10'],
  ])('%s has its code', async (_, name, code) => {
    await expect(readPart10(`${SAMPLES_FOLDER}/${name}`)).rejects.toMatchObject({ code });
  });

  test('an empty, a short and a missing file have their codes', async () => {
    await inTemporaryFolder(async (folder) => {
      await writeFile(`${folder}/empty`, '');
      await writeFile(`${folder}/short`, buildInstance().subarray(0, 200));
      await expect(readPart10(`${folder}/empty`)).rejects.toMatchObject({ code: 'dicom-not-part10' });
      await expect(readPart10(`${folder}/short`)).rejects.toMatchObject({ code: 'dicom-header-malformed' });
      await expect(readPart10(`${folder}/missing`)).rejects.toMatchObject({ code: 'disk-error' });
    });
  });

  test('isPart10 asks for DICM at 128 and survives short input', () => {
    expect(isPart10(buildInstance())).toBe(true);
    expect(isPart10(buildDataSet())).toBe(false);
    expect(isPart10(Buffer.alloc(131))).toBe(false);
  });

  test.each([
    ['1.2.840.10008.1.1', true],
    ['0', true],
    ['9'.repeat(64), true],
    ['9'.repeat(65), false],
    ['', false],
    ['.', false],
    ['...', false],
    ['1.2\n', false],
    ['../1', false],
    ['1.2 ', false],
  ])('F15: isUid(%j) is %s', (text, expected) => {
    expect(isUid(text)).toBe(expected);
  });
});
