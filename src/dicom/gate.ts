import type { DicomLimits } from '../core/limits.ts';

/**
 * Counts sockets and associations against their caps, in all and per peer address. Sockets may be more than
 * associations, so that one too many is refused with a reason; some associations are kept for C-ECHO, so that a full
 * box can still be told from a dead one.
 */
export class Gate {
  private readonly limits: DicomLimits;
  private readonly sockets = new Map<string, number>();
  /** Associations by id: whose they are, and whether they may bring instances. */
  private readonly associations = new Map<string, { address: string; forStorage: boolean }>();
  private socketCount = 0;

  constructor(limits: DicomLimits) {
    this.limits = limits;
  }

  /** Takes a place for a socket; false when there is none. */
  openSocket(address: string): boolean {
    const ofPeer = this.sockets.get(address) ?? 0;
    if (this.socketCount >= this.limits.connections || ofPeer >= this.limits.connections_per_peer) return false;
    this.socketCount++;
    this.sockets.set(address, ofPeer + 1);
    return true;
  }

  closeSocket(address: string): void {
    this.socketCount--;
    const left = (this.sockets.get(address) ?? 0) - 1;
    if (left > 0) this.sockets.set(address, left);
    else this.sockets.delete(address);
  }

  hasRoom(address: string, forStorage: boolean): boolean {
    const { associations, associations_reserved, associations_per_peer } = this.limits;
    if (this.associations.size >= associations) return false;
    if (!forStorage) return true;
    const storing = [...this.associations.values()].filter((association) => association.forStorage);
    const ofPeer = storing.filter((association) => association.address === address);
    return storing.length < associations - associations_reserved && ofPeer.length < associations_per_peer;
  }

  enter(id: string, address: string, forStorage: boolean): void {
    this.associations.set(id, { address, forStorage });
  }

  leave(id: string): void {
    this.associations.delete(id);
  }
}
