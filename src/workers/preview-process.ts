import { asRohrpostError } from '../core/errors.ts';
import { renderPreview } from '../dicom/preview.ts';

/**
 * A process that draws one DICOM file and ends: `node preview-process.ts FILE`. Foreign bytes meet large decoders here, apart
 * from the box, its keys and its memory. Standard output: a line of JSON, then the PNG.
 */
try {
  const { png, width, height } = await renderPreview(process.argv[2]!);
  process.stdout.write(`${JSON.stringify({ width, height })}\n`);
  process.stdout.write(png);
} catch (thrown) {
  const { code, details } = asRohrpostError(thrown, 'disk-error');
  process.stdout.write(`${JSON.stringify({ code, details })}\n`);
}
