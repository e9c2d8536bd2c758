import { RohrpostError } from '../core/errors.ts';
import { mailLimits } from '../core/limits.ts';
import { type Headers, parseParameterized } from './headers.ts';

/** One MIME entity: the message itself, or a body part of a multipart. */
export interface Entity {
  headers: Headers;
  /** Media type in lower case, `text/plain` where none is given. */
  type: string;
  params: Record<string, string>;
  /** 0 for the message. */
  depth: number;
  /** Position in the tree: empty for the message, `1.2` for the second part of its first part. */
  path: string;
  /** Offsets of its header's and its body's first byte in the source. */
  start: number;
  bodyStart: number;
  /** Whether its lines end in CRLF, as far as its header tells; else in LF. */
  crlf: boolean;
}

/** The media type of a header and its parameters; text/plain where there is none (RFC 2045 §5.2). */
export function readType(headers: Headers): { type: string; params: Record<string, string> } {
  const { value, params } = parseParameterized(headers.get('content-type') ?? '');
  return { type: /^[^\s/]+\/[^\s/]+$/.test(value) ? value : 'text/plain', params };
}

/** Where an entity stands in the tree, as the latest of the parts of its parent; undefined for the message itself. */
export function placeUnder(parent: { entity: Entity; children: number } | undefined): { depth: number; path: string } {
  if (parent === undefined) return { depth: 0, path: '' };
  const prefix = parent.entity.path === '' ? '' : `${parent.entity.path}.`;
  return { depth: parent.entity.depth + 1, path: `${prefix}${parent.children}` };
}

/** The boundary of a multipart. Throws mail-boundary-invalid. */
export function requiredBoundary({ params }: Entity): Buffer {
  const boundary = Buffer.from(params.boundary ?? '', 'latin1');
  if (boundary.length === 0 || boundary.length > mailLimits.boundary_bytes || boundary.includes(0x0a)) {
    throw new RohrpostError('mail-boundary-invalid');
  }
  return boundary;
}
