/** A small picture of an image, so that a person can tell whether it is the right study. Never for diagnosis. */
import { open, stat } from 'node:fs/promises';
import { encode } from 'fast-png';
import { RohrpostError } from '../core/errors.ts';
import { previewLimits } from '../core/limits.ts';

export interface Preview {
  png: Uint8Array;
  width: number;
  height: number;
}

/** Kinds of objects that hold no picture: reports, documents, waveforms, presentation states, raw data, RT plans and sets. */
const WITHOUT_PICTURE = ['.88.', '.104.', '.9.', '.11.', '.66', '.67', '.481.3', '.481.5', '.481.8'].map(
  (rest) => `1.2.840.10008.5.1.4.1.1${rest}`,
);

/** Whether objects of this SOP class are pictures, as far as its UID tells (PS3.4 Table B.5-1). */
export function isPicture(sopClassUid: string): boolean {
  return !WITHOUT_PICTURE.some((root) => sopClassUid.startsWith(root));
}

/**
 * Draws one frame of a DICOM file, the middle one, at most `previewLimits.side_pixels` wide and high, with the window that the
 * file names. Reads the file whole and decodes by WebAssembly, 25 bytes a pixel: for a process of its own, which ends afterwards.
 * @throws RohrpostError preview-too-large, preview-impossible, disk-error
 */
export async function renderPreview(path: string): Promise<Preview> {
  const { size } = await stat(path);
  if (size > previewLimits.file_bytes) throw tooLarge(size);
  const bytes = new Uint8Array(size);
  const file = await open(path);
  try {
    await file.read(bytes, 0, size, 0);
  } finally {
    await file.close();
  }
  const { DicomImage } = await decoders();
  try {
    const image = new DicomImage(bytes.buffer);
    const pixels = image.getWidth() * image.getHeight();
    if (!(pixels > 0)) throw new RohrpostError('preview-impossible');
    if (pixels > previewLimits.pixels) throw tooLarge(size);
    const frame = Math.floor(image.getNumberOfFrames() / 2);
    const drawn = image.render({ frame });
    return encoded(shrunk(new Uint8Array(drawn.pixels), drawn.width, drawn.height, previewLimits.side_pixels));
  } catch (error) {
    // What the decoder says may quote the file.
    throw error instanceof RohrpostError ? error : new RohrpostError('preview-impossible');
  }
}

const tooLarge = (size_bytes: number) => new RohrpostError('preview-too-large', { details: { size_bytes } });

/** What they read they also print, and that names patients: the console is made silent first. */
async function decoders() {
  for (const name of ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const) console[name] = () => {};
  const { DicomImage, NativePixelDecoder, log } = (await import('dcmjs-imaging')).default;
  log.setLevel('silent');
  if (!NativePixelDecoder.isInitialized()) await NativePixelDecoder.initializeAsync();
  return { DicomImage };
}

interface Picture {
  rgb: Uint8Array;
  width: number;
  height: number;
}

/** From RGBA to RGB, each pixel the mean of those that it stands for. */
function shrunk(rgba: Uint8Array, width: number, height: number, side: number): Picture {
  const scale = Math.max(1, width / side, height / side);
  const to = { width: Math.max(1, Math.floor(width / scale)), height: Math.max(1, Math.floor(height / scale)) };
  const rgb = new Uint8Array(to.width * to.height * 3);
  for (let y = 0; y < to.height; y++) {
    const [top, bottom] = [Math.floor(y * scale), Math.max(Math.floor(y * scale) + 1, Math.floor((y + 1) * scale))];
    for (let x = 0; x < to.width; x++) {
      const [left, right] = [Math.floor(x * scale), Math.max(Math.floor(x * scale) + 1, Math.floor((x + 1) * scale))];
      const sum = [0, 0, 0];
      for (let row = top; row < bottom; row++) {
        for (let at = (row * width + left) * 4; at < (row * width + right) * 4; at += 4) {
          for (let colour = 0; colour < 3; colour++) sum[colour]! += rgba[at + colour]!;
        }
      }
      const count = (bottom - top) * (right - left);
      for (let colour = 0; colour < 3; colour++) rgb[(y * to.width + x) * 3 + colour] = sum[colour]! / count;
    }
  }
  return { rgb, ...to };
}

function encoded({ rgb, width, height }: Picture): Preview {
  return { png: encode({ data: rgb, width, height, channels: 3, depth: 8 }), width, height };
}
