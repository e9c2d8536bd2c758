/** What the DICOM listener and whoever owns it say to each other. */
import type { ErrorCode, RohrpostError } from '../core/errors.ts';
import type { Header } from './header.ts';

export interface AssociationInfo {
  readonly id: string;
  readonly callingAe: string;
  readonly calledAe: string;
  /** The peer's IP address. */
  readonly address: string;
  readonly tls: boolean;
}

export type RefusalReason = 'calling-ae-unknown' | 'called-ae-unknown' | 'local-limit' | 'no-reason';

export type Admission = { accept: true } | { accept: false; reason: RefusalReason };

/** An instance whose file is written whole, but not synced. File and descriptor belong to whoever receives this. */
export interface ReceivedInstance {
  readonly association: AssociationInfo;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  readonly path: string;
  readonly fd: number;
  /** Of the whole file. */
  readonly sizeBytes: number;
  /** Where the data set begins: before it stands a Part-10 head of ours, behind it the bytes as they came. */
  readonly dataSetOffset: number;
  /** Lower-case hex, of the data set's bytes only. */
  readonly sha256: string;
  /** Null when the data set's header could not be read; `headerError` says why. */
  readonly header: Header | null;
  readonly headerError: RohrpostError | null;
}

/** A C-STORE status (PS3.4 §B.2.3). The comment goes into (0000,0902): at most 64 characters, no patient data. */
export interface StoreAnswer {
  readonly status: number;
  readonly comment?: string;
}

export interface AssociationEnd {
  readonly association: AssociationInfo;
  readonly outcome: 'released' | 'aborted' | 'timed-out' | 'protocol-error' | 'stopped';
  readonly code?: ErrorCode;
  /** Instances answered with success or a warning. */
  readonly stored: number;
  /** Whether an instance was under way and is lost with the association. */
  readonly openInstance: boolean;
}
