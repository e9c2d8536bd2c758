import type { Entity } from './entity.ts';
import { parseParameterized } from './headers.ts';
import { entityName } from './names.ts';

/** What a leaf of a DICOM e-mail is, by what it declares and, where that says nothing, by its first bytes. Never by its name alone. */
export type LeafKind = 'dicom' | 'document' | 'comment' | 'receipt' | 'zip' | 'unknown' | 'ignored';

const DICOM = /^(?:application|image)\/(?:x-)?dicom$/;
const ZIP = /^application\/(?:x-)?zip(?:-compressed)?$/;
const RECEIPT = /^message\/(?:global-)?disposition-notification$/;
/** Wrapping of signatures and encryption: not content. */
const WRAPPING = /^application\/(?:pgp-signature|pgp-encrypted|pkcs7-signature)$/;

/** Says what a leaf is. `head` are its first bytes, decoded; a preamble and meta header's worth. */
export function leafKind(entity: Entity, head: Buffer): LeafKind {
  const { type } = entity;
  if (WRAPPING.test(type)) return 'ignored';
  if (RECEIPT.test(type)) return 'receipt';
  if (ZIP.test(type)) return 'zip';
  if (DICOM.test(type)) return isDicomdir(head) ? 'ignored' : 'dicom';
  if (isComment(entity)) return 'comment';
  if (type === 'application/octet-stream') return undeclaredKind(entity, head);
  return type.startsWith('message/') ? 'unknown' : 'document';
}

/** Plain text that does not call itself a file. */
export function isComment(entity: Entity): boolean {
  const { value } = parseParameterized(entity.headers.get('content-disposition') ?? '');
  return entity.type === 'text/plain' && value !== 'attachment' && entityName(entity) === undefined;
}

function undeclaredKind(entity: Entity, head: Buffer): LeafKind {
  const { kind } = sniff(head);
  if (kind === 'dicom' || kind === 'ignored') return kind;
  if (entityName(entity)?.toUpperCase() === 'DICOM.ZIP') return 'zip';
  return entity.headers.get('x-telemedicine-studyid') === undefined ? 'unknown' : 'document';
}

const MAGIC: readonly [string, Buffer][] = [
  ['application/pdf', Buffer.from('%PDF-')],
  ['image/jpeg', Buffer.from([0xff, 0xd8, 0xff])],
  ['image/png', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')],
];

/** What bytes that nobody declared are: files in an archive, octet streams. */
export function sniff(head: Buffer): { kind: 'dicom' | 'document' | 'unknown' | 'ignored'; type: string } {
  if (head.toString('latin1', 128, 132) === 'DICM') {
    return { kind: isDicomdir(head) ? 'ignored' : 'dicom', type: 'application/dicom' };
  }
  const [type] = MAGIC.find(([, magic]) => head.subarray(0, magic.length).equals(magic)) ?? [];
  return type === undefined ? { kind: 'unknown', type: 'application/octet-stream' } : { kind: 'document', type };
}

/** Tag (0002,0002) with VR UI as a meta header has it, explicit little endian (PS3.10 §7.1). */
const MEDIA_SOP_CLASS = Buffer.from([0x02, 0x00, 0x02, 0x00, 0x55, 0x49]);
const MEDIA_STORAGE_DIRECTORY = '1.2.840.10008.1.3.10';

/** A DICOMDIR describes files and is none (PS3.12 Annex K lets a mail have one). */
function isDicomdir(head: Buffer): boolean {
  const at = head.indexOf(MEDIA_SOP_CLASS, 132);
  if (at < 0 || at + 8 > head.length) return false;
  const value = at + MEDIA_SOP_CLASS.length + 2;
  return (
    head.toString('latin1', value, value + head.readUInt16LE(value - 2)).replace(/\0+$/, '') === MEDIA_STORAGE_DIRECTORY
  );
}
