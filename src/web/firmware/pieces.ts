import { RohrpostError } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { webApplianceLimits as limits } from '../../core/web-appliance-limits.ts';
import type { Updates, UploadedBundle } from '../../update/updates.ts';

/** A bundle on its way from a browser, in pieces: a request may take a minute, and a bundle over a slow line takes longer. */
export interface BundlePieces {
  /**
   * Announces a bundle; what was begun before is given up. @returns its id
   * @throws RohrpostError update-too-large, update-busy, disk-full: before a byte is sent
   */
  begin(size_bytes: number): Promise<string>;
  /**
   * Takes the next piece. `bundle`: the last one has come, and all of it is on disk.
   * @throws RohrpostError not-found, upload-offset-stale, update-upload-broken; what `takeUpload` throws
   */
  append(
    id: string,
    o: { offset_bytes: number; source: AsyncIterable<Uint8Array> },
  ): Promise<{ offset_bytes: number; bundle: UploadedBundle | null }>;
}

interface Piece {
  readonly source: AsyncIterable<Uint8Array>;
  taken(): void;
}

interface Upload {
  readonly id: string;
  /** Bytes that came so far. */
  at(): number;
  /** The next piece; null while one is being taken. */
  give: ((piece: Piece) => void) | null;
  giveUp(): void;
  /** All of it is on disk, or it failed. */
  readonly done: Promise<UploadedBundle>;
}

export function bundlePieces(updates: Pick<Updates, 'takeUpload'>): BundlePieces {
  let current: (Upload & { size_bytes: number }) | null = null;
  return {
    begin: async (size_bytes) => {
      current?.giveUp();
      await current?.done.catch(() => {});
      const { upload, begun } = open(updates, size_bytes);
      await Promise.race([begun, upload.done]);
      current = Object.assign(upload, { size_bytes });
      return upload.id;
    },
    append: async (id, { offset_bytes, source }) => {
      const upload = current;
      if (upload?.id !== id) throw new RohrpostError('not-found');
      const { give } = upload;
      if (offset_bytes !== upload.at() || !give) {
        throw new RohrpostError('upload-offset-stale', { details: { offset: upload.at() } });
      }
      upload.give = null;
      await Promise.race([new Promise<void>((taken) => give({ source, taken })), upload.done]);
      const bundle = upload.at() === upload.size_bytes ? await upload.done : null;
      return { offset_bytes: upload.at(), bundle };
    },
  };
}

/** The pieces as one stream, which `takeUpload` reads as fast as the disk takes it. */
function open(updates: Pick<Updates, 'takeUpload'>, size_bytes: number) {
  const begun = Promise.withResolvers<void>();
  const end = Promise.withResolvers<never>();
  end.promise.catch(() => {});
  const giveUp = () => end.reject(new RohrpostError('update-upload-broken'));
  let at_bytes = 0;
  let give: Upload['give'] = null;

  const nextPiece = async (): Promise<Piece> => {
    const silence = setTimeout(giveUp, limits.piece_idle_ms);
    const next = new Promise<Piece>((resolve) => {
      give = resolve;
    });
    return Promise.race([next, end.promise]).finally(() => clearTimeout(silence));
  };
  async function* bytes(): AsyncGenerator<Uint8Array> {
    let piece = nextPiece();
    begun.resolve();
    for (;;) {
      const { source, taken } = await piece;
      for await (const chunk of unbroken(source)) {
        at_bytes += chunk.length;
        if (at_bytes > size_bytes) throw new RohrpostError('upload-too-long', { details: { length: size_bytes } });
        yield chunk;
      }
      if (at_bytes === size_bytes) return;
      piece = nextPiece();
      taken();
    }
  }
  const done = updates.takeUpload(bytes(), size_bytes);
  done.catch(() => {});
  const upload: Upload = {
    ...{ id: newId(), at: () => at_bytes, giveUp, done },
    get give() {
      return give;
    },
    set give(to) {
      give = to;
    },
  };
  return { upload, begun: begun.promise };
}

async function* unbroken(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* source;
  } catch (cause) {
    throw new RohrpostError('update-upload-broken', { cause });
  }
}
