import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Settings } from '../config/schema.ts';
import type { Clock } from '../core/clock.ts';
import { asRohrpostError } from '../core/errors.ts';
import { lineLimits } from '../core/limits.ts';
import type { Log } from '../core/log.ts';
import { type ListenOptions, listenDicom } from '../dicom/scp.ts';
import { type Door, door } from './doors.ts';

/** What a DICOM listener asks of whoever takes the instances. */
type Taking = Pick<ListenOptions, 'admit' | 'newFile' | 'canStore' | 'onInstance' | 'onEnd' | 'onNotKept'>;

/** The box's DICOM ports: plain, and over TLS where the settings have it. */
export function dicomDoors(o: { folder: string; clock: Clock; log: Log; receive: Taking }): Door[] {
  const open = async (at: { host: string; port: number }, tls?: ListenOptions['tls']) => {
    const { admit, newFile, canStore, onInstance, onEnd, onNotKept } = o.receive;
    const listener = await listenDicom({
      ...{ host: at.host, port: at.port, clock: o.clock, log: o.log },
      ...{ admit, newFile, canStore, onInstance, onEnd, ...(onNotKept && { onNotKept }) },
      ...(tls && { tls }),
    });
    return { port: listener.port, stop: () => listener.stop(lineLimits.stop_grace_ms) };
  };
  return [
    door('dicom', ({ dicom }: Settings) => ({ host: dicom.host, port: dicom.port }), open),
    door(
      'dicomTls',
      ({ dicom }: Settings) => dicom.tls && { host: dicom.host, ...dicom.tls },
      (at) => {
        const files = pems(o.folder, at);
        return open(at, { ...files, requestCert: files.ca !== undefined });
      },
    ),
  ];
}

/** The key and certificates that settings name. @throws RohrpostError disk-error */
export function pems(folder: string, files: { key_file: string; cert_file: string; ca_file?: string }) {
  const read = (path: string) => {
    try {
      return readFileSync(resolve(folder, path), 'utf8');
    } catch (error) {
      throw asRohrpostError(error, 'disk-error');
    }
  };
  return {
    key: read(files.key_file),
    cert: read(files.cert_file),
    ...(files.ca_file !== undefined && { ca: read(files.ca_file) }),
  };
}
