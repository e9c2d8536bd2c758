import { type Preview, renderPreview } from '../dicom/preview.ts';

export interface PreviewJob {
  /** Of a DICOM file. */
  path: string;
}

/** @throws RohrpostError preview-too-large, preview-impossible, disk-error */
export function previewFile({ path }: PreviewJob): Promise<Preview> {
  return renderPreview(path);
}
