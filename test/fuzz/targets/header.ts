import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readDicomdir } from '../../../src/dicom/dicomdir.ts';
import { parseHeader, parseHeaderStart } from '../../../src/dicom/header.ts';
import { readPart10 } from '../../../src/dicom/part10.ts';
import { dataSet, dicomFiles } from '../seeds.ts';
import { must, orRefused, type Target, verdictOf } from '../target.ts';

const DEFLATED = '1.2.840.10008.1.2.1.99';
const SYNTAXES = ['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.2', DEFLATED];

/** Files and data sets as they come from modalities, partners and people who upload. */
export function openTarget(folder: string): Target {
  const path = join(folder, 'file.dcm');
  return {
    seeds: [...dicomFiles(), dataSet()],
    words: [
      ...[
        'DICM',
        'UN\0\0\xff\xff\xff\xff',
        'SQ\0\0\xff\xff\xff\xff',
        '\xff\xff\xff\xff',
        '\x1b$B',
        '\x1b(B',
        '\x1b$)C',
      ],
      ...[
        '\xfe\xff\x00\xe0',
        '\xfe\xff\x0d\xe0\0\0\0\0',
        '\xfe\xff\xdd\xe0\0\0\0\0',
        '\x10\0\x10\0PN',
        '\x20\0\x0d\0UI',
      ],
      ...['\x08\0\x05\0CS', 'ISO_IR 192', 'ISO 2022 IR 87', '2.25.1', '\x02\0\x10\0UI', '\x20\x04\x41\x12SQ'],
    ].map((word) => Buffer.from(word, 'latin1')),
    async run(input) {
      for (const syntax of SYNTAXES) checkPrefixes(input, syntax);
      writeFileSync(path, input);
      await verdictOf(() => readDicomdir(path));
      return verdictOf(async () => {
        const { dataSetOffset, header, sizeBytes, transferSyntaxUid } = await readPart10(path);
        must(sizeBytes === input.length, 'the size is that of the file');
        const again = parseHeader(input.subarray(dataSetOffset), transferSyntaxUid);
        must(isDeepStrictEqual(header, again), 'a file and its data set say the same');
      });
    },
  };
}

/**
 * The beginning alone says what the whole says, or that it does not know yet: who a patient is must not hang on where a read ended.
 * Only a deflated whole may be refused for what comes behind its header: there the stream breaks.
 */
function checkPrefixes(data: Buffer, syntax: string): void {
  const whole = orRefused(() => parseHeader(data, syntax));
  for (const bytes of [data.length >> 2, data.length >> 1, data.length - 64, data.length - 8]) {
    const part = orRefused(() => parseHeaderStart(data.subarray(0, Math.max(0, bytes)), syntax));
    const isBrokenBehind = whole === null && syntax === DEFLATED;
    if (part !== null && !isBrokenBehind) must(isDeepStrictEqual(part, whole), 'a beginning says what the whole says');
  }
}
