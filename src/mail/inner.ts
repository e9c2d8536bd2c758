import { stat } from 'node:fs/promises';
import { readChunks, removeFile } from '../core/files.ts';
import { type ContentFile, createContentFile } from './content.ts';
import type { Entity } from './entity.ts';
import { parseSetFields, type SetFields } from './fields.ts';
import { type Headers, textDecoder } from './headers.ts';
import { isComment, leafKind, sniff } from './kinds.ts';
import { entityName } from './names.ts';
import { readMime } from './read.ts';
import { expandZip, type ZipRoom, zipRoom } from './zip.ts';

/** Something found in a decrypted mail, written to a file of its own. */
export interface InnerContent {
  /**
   * `dicom`: said to be, or known by its bytes; not checked further. `comment`: its file is UTF-8. `receipt`: for `parseReceipt`.
   * `unknown`: neither declared nor known.
   */
  kind: 'dicom' | 'document' | 'comment' | 'receipt' | 'unknown';
  /** Media type in lower case. */
  type: string;
  /** A document's name for people to see, sanitised; empty where it has none. */
  name: string;
  /** The study that a part which is not DICOM says it belongs to. Nothing says that anybody knows it. */
  studyUid?: string;
  path: string;
  sizeBytes: number;
  /** Lower-case hex, of the file's bytes. */
  sha256: string;
}

export interface Inner {
  fields: SetFields | null;
  /** The root header; of a multipart/signed, that of what is signed. */
  headers: Headers;
  contents: InnerContent[];
}

export interface InnerOptions {
  /** Where the next content goes: a path that does not exist yet. */
  newPath(): string;
}

/**
 * Takes a decrypted MIME entity apart, liberally: any multipart or a single part, one object or many, octet streams that
 * are DICOM, archives of DICOM files (PS3.12 Annex W). Files are made with mode 0600 and not fsynced; attachment names never
 * reach a path. On any error what was written is removed.
 *
 * @throws mail-set-fields-invalid, mail-zip-broken, mail-zip-too-large, and what `readMime` throws
 */
export async function readInner(path: string, options: InnerOptions): Promise<Inner> {
  const written: string[] = [];
  const create = async () => {
    const file = await createContentFile(options.newPath());
    written.push(file.path);
    return file;
  };
  let leaf = null as OpenLeaf | null;
  try {
    const room = zipRoom((await stat(path)).size);
    const contents: InnerContent[] = [];
    const multiparts = new Map<string, string>();
    let signedHead: Headers | undefined;
    const noteSigned = (entity: Entity) => {
      if (entity.path === '1' && multiparts.get('') === 'multipart/signed') signedHead = entity.headers;
    };
    const root = await readMime(readChunks(path), {
      multipart(entity) {
        noteSigned(entity);
        multiparts.set(entity.path, entity.type);
      },
      async leaf(entity) {
        noteSigned(entity);
        if (isTextOfReport(entity, multiparts)) return null;
        const opened = openLeaf(entity, await create());
        leaf = opened;
        return opened.write;
      },
      async endLeaf(entity) {
        await leaf!.end();
        for await (const content of contentsOf(entity, leaf!.file, room, create)) contents.push(content);
      },
    });
    const headers = signedHead ?? root;
    if (!contents.some(({ kind }) => kind === 'receipt')) contents.push(...(await headerReceipt(headers, create)));
    return { fields: parseSetFields(headers), headers, contents };
  } catch (error) {
    await leaf?.file.close();
    for (const made of written) await removeFile(made);
    throw error;
  }
}

interface OpenLeaf {
  file: ContentFile;
  write(chunk: Buffer): Promise<void>;
  end(): Promise<void>;
}

/** Comments are turned into UTF-8 on the way; all else is kept byte for byte. */
function openLeaf(entity: Entity, file: ContentFile): OpenLeaf {
  const text = isComment(entity) ? textDecoder(entity.params.charset ?? 'utf-8') : null;
  return {
    file,
    write: (chunk) => file.write(text === null ? chunk : Buffer.from(text.decode(chunk, { stream: true }))),
    async end() {
      if (text !== null) await file.write(Buffer.from(text.decode()));
      await file.close();
    },
  };
}

type Create = () => Promise<ContentFile>;

/** A receipt's words for people are no comment on a study. */
function isTextOfReport(entity: Entity, multiparts: ReadonlyMap<string, string>): boolean {
  const parent = entity.path.replace(/\.?\d+$/, '');
  return multiparts.get(parent) === 'multipart/report' && leafKind(entity, Buffer.alloc(0)) !== 'receipt';
}

async function* contentsOf(
  entity: Entity,
  file: ContentFile,
  room: ZipRoom,
  create: Create,
): AsyncGenerator<InnerContent> {
  const kind = leafKind(entity, file.head());
  if (kind === 'ignored') return removeFile(file.path);
  const studyUid = readStudyUid(entity.headers);
  if (kind === 'zip') {
    for await (const expanded of expandZip(file.path, room, create)) {
      const found = sniff(expanded.file.head());
      if (found.kind === 'ignored') await removeFile(expanded.file.path);
      else yield { kind: found.kind, type: found.type, name: '', studyUid, ...expanded.file.written() };
    }
    return removeFile(file.path);
  }
  const name = kind === 'document' ? (entityName(entity) ?? '') : '';
  yield { kind, type: entity.type, name, studyUid, ...file.written() };
}

/** Senders invent studies for loose documents, so this need not be a UID; but it keeps to the alphabet of the fields. */
function readStudyUid(headers: Headers): string | undefined {
  return /^[A-Za-z0-9_.,-]{1,64}$/.exec(headers.get('x-telemedicine-studyid') ?? '')?.[0];
}

/** A receipt of mechanism 2 that stands in the header alone. */
async function headerReceipt(headers: Headers, create: Create): Promise<InnerContent[]> {
  if (headers.get('x-telemedicine-report') === undefined) return [];
  const file = await create();
  const fields = headers.fields.filter(([name]) => name.startsWith('x-telemedicine-'));
  await file.write(Buffer.from(fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')));
  await file.close();
  return [{ kind: 'receipt', type: 'text/rfc822-headers', name: '', ...file.written() }];
}
