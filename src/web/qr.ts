import { renderSVG } from 'uqr';

/** A QR code as an SVG picture, black on white with the quiet zone that readers need (ISO/IEC 18004 §9.1: four modules). */
export function qrSvg(text: string): string {
  return renderSVG(text, { ecc: 'M', border: 4 });
}
