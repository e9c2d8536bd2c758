import { RohrpostError } from '../core/errors.ts';

/** Reasons of an A-ABORT by the service provider, PS3.8 Table 9-26. */
export const abortReason = {
  notSpecified: 0,
  unrecognizedPdu: 1,
  unexpectedPdu: 2,
  invalidParameterValue: 6,
} as const;

/** The peer broke the protocol: the association ends with an A-ABORT that carries `reason`. */
export class ProtocolError extends RohrpostError {
  readonly reason: number;

  constructor(what: string, reason: number = abortReason.invalidParameterValue) {
    super('dicom-protocol-error', { details: { what } });
    this.reason = reason;
  }
}
