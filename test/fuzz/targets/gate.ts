import { dicomLimits } from '../../../src/core/limits.ts';
import { Gate } from '../../../src/dicom/gate.ts';
import { must, type Target } from '../target.ts';

const LIMITS = {
  ...{ ...dicomLimits, connections: 8, connections_per_peer: 3 },
  ...{ associations: 5, associations_per_peer: 2, associations_reserved: 2 },
};

/** Peers come and go, one byte each: never more than the caps, and whoever left leaves room. */
export function openTarget(): Target {
  return {
    seeds: [Buffer.from([0, 0x10, 0x20, 0x30, 2, 3, 1, 1]), Buffer.from(Array.from({ length: 64 }, (_, n) => n * 7))],
    run(input) {
      const gate = new Gate(LIMITS);
      const sockets: string[] = [];
      const associations: { id: string; address: string; forStorage: boolean }[] = [];
      const count = (list: readonly { address: string }[], address: string) =>
        list.filter((a) => a.address === address).length;
      for (const [step, byte] of input.entries()) {
        const address = `10.0.0.${(byte >> 4) & 3}`;
        const forStorage = byte < 0x80;
        const which = byte & 3;
        if (which === 0) {
          const ofPeer = sockets.filter((socket) => socket === address).length;
          const fits = sockets.length < LIMITS.connections && ofPeer < LIMITS.connections_per_peer;
          must(gate.openSocket(address) === fits, 'a socket has room as long as the caps say so');
          if (fits) sockets.push(address);
        } else if (which === 1 && sockets.length > 0) {
          gate.closeSocket(sockets.splice(byte % sockets.length, 1)[0]!);
        } else if (which === 2) {
          const storing = associations.filter((association) => association.forStorage);
          const fits =
            associations.length < LIMITS.associations &&
            (!forStorage ||
              (storing.length < LIMITS.associations - LIMITS.associations_reserved &&
                count(storing, address) < LIMITS.associations_per_peer));
          must(gate.hasRoom(address, forStorage) === fits, 'an association has room as long as the caps say so');
          if (fits) associations.push({ id: `${step}`, address, forStorage });
          if (fits) gate.enter(`${step}`, address, forStorage);
        } else if (associations.length > 0) {
          gate.leave(associations.splice(byte % associations.length, 1)[0]!.id);
        }
      }
      return 'taken';
    },
  };
}
