import { codes, type Details, type ErrorCode, errorText, type Language } from './errors.ts';

/**
 * Rows keep a code and its English sentence; this tells the same in another language, by reading the details back out of the
 * sentence. What is no sentence of that code is given back as it is.
 */
export function retell(code: string | null, sentence: string | null, language: Language): string {
  if (code === null || !Object.hasOwn(codes, code)) return sentence ?? code ?? '';
  const known = code as ErrorCode;
  const details = detailsOf(known, sentence ?? '');
  if (details) return errorText(known, language, details);
  return sentence || errorText(known, language);
}

function detailsOf(code: ErrorCode, sentence: string): Details | null {
  const pieces = codes[code].en.split(/\{(\w+)\}/);
  const names = pieces.filter((_, index) => index % 2 === 1);
  const pattern = pieces
    .map((piece, index) => (index % 2 === 1 ? '(.*?)' : piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')))
    .join('');
  const match = new RegExp(`^${pattern}$`, 's').exec(sentence);
  return match && Object.fromEntries(names.map((name, index) => [name, match[index + 1]]));
}
