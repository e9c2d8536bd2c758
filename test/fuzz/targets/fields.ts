import { isDeepStrictEqual } from 'node:util';
import { mailLimits } from '../../../src/core/limits.ts';
import { parseAddress, parseMailbox } from '../../../src/mail/address.ts';
import type { Entity } from '../../../src/mail/entity.ts';
import { readType } from '../../../src/mail/entity.ts';
import { parseSetFields, setFieldLines } from '../../../src/mail/fields.ts';
import { readFragmentFields } from '../../../src/mail/fragments.ts';
import { decodeWords, Headers, parseParameterized, readMessageId } from '../../../src/mail/headers.ts';
import { parameter } from '../../../src/mail/lines.ts';
import { displayName, entityName } from '../../../src/mail/names.ts';
import { openTransferDecoder } from '../../../src/mail/transfer.ts';
import { mails } from '../seeds.ts';
import { must, orRefused, type Target, type Verdict } from '../target.ts';

const FIELDS = [
  'from',
  'to',
  'disposition-notification-to',
  'message-id',
  'content-type',
  'content-disposition',
  'subject',
];

/** The header of a mail, field by field. */
export function openTarget(): Target {
  return {
    seeds: mails().map((mail) => mail.subarray(0, Math.max(mail.indexOf('\r\n\r\n'), mail.indexOf('\n\n')) + 2)),
    words: [
      ...[
        'X-TELEMEDICINE-SETID: a\r\n',
        'X-TELEMEDICINE-SETPART: 1\r\n',
        'X-TELEMEDICINE-SETTOTAL: 1\r\n',
        'From: ',
        '@',
        '<',
        '>',
      ],
      ...[
        '"',
        '\\"',
        '(',
        ')',
        ',',
        ';',
        '=?utf-8?b?',
        '?=',
        "*=utf-8''",
        '*0*=',
        '*1=',
        '%00',
        '%',
        '\r\n ',
        '\t',
        '../',
        'con.',
        '\u202e',
      ],
      ...[
        'name=',
        'filename=',
        'boundary=',
        'number=',
        'total=',
        'id=',
        'base64',
        'utf-16le',
        'ß',
        '\u0958',
        '\ud83d\udc4d',
        '.pdf',
      ],
    ],
    run(input) {
      const headers = new Headers(input);
      let verdict = checkSetFields(headers);
      for (const name of FIELDS)
        for (const value of headers.all(name).slice(0, 20)) if (!checkValue(value)) verdict = 'refused';
      const entity: Entity = {
        ...{ headers, depth: 0, path: '', start: 0, bodyStart: 0, crlf: true },
        ...readType(headers),
      };
      orRefused(() => readFragmentFields(entity));
      orRefused(() => openTransferDecoder(entity));
      checkName(entityName(entity));
      return verdict;
    },
  };
}

/** What was read, written again, is read alike. */
function checkSetFields(headers: Headers): Verdict {
  const read = orRefused(() => ({ fields: parseSetFields(headers) }));
  if (read === null) return 'refused';
  if (read.fields === null) return 'taken';
  const { part, total } = read.fields;
  must(part >= 1 && part <= total && total <= mailLimits.set_parts, 'a part is one of its set');
  const again = parseSetFields(new Headers(Buffer.from(`${setFieldLines(read.fields).join('\r\n')}\r\n`)));
  must(isDeepStrictEqual(again, read.fields), 'set fields are read as they were written');
  return 'taken';
}

function checkValue(value: string): boolean {
  const { params } = parseParameterized(value);
  for (const param of Object.values(params)) checkName(displayName(decodeWords(param)));
  checkName(displayName(value));
  const id = readMessageId(value);
  must(id === null || /^<[^<>\s]+>$/.test(id), 'a Message-ID is one word');
  const mailbox = parseMailbox(value);
  if (mailbox === null) return orRefused(() => parseAddress(value)) !== null;
  must(/^[!-~]+@[a-z0-9.-]+$/.test(mailbox) && mailbox.length <= 254, 'an address is plain ASCII');
  must(
    parseMailbox(mailbox) === mailbox && parseMailbox(`<${mailbox}>`) === mailbox,
    'an address is read as it was written',
  );
  must(value.includes(mailbox.slice(0, mailbox.indexOf('@'))), 'nobody is made up');
  return true;
}

/** A name for people does no harm anywhere, is bounded, and survives being written into a mail and read again. */
function checkName(name: string | undefined): void {
  if (name === undefined) return;
  must(
    !/[\x00-\x1f\x7f/\\<>:"|?*\u202a-\u202e\u2066-\u2069]/.test(name) && !/^\.|[. ]$/.test(name),
    'a name is harmless',
  );
  must(Array.from(name).length <= mailLimits.name_characters, 'a name is bounded');
  must(displayName(name) === name, 'a name that was cleaned is clean');
  const { params } = parseParameterized(`application/pdf; ${parameter('name', name)}`);
  must(params.name === name, 'a name is read as it was written');
}
