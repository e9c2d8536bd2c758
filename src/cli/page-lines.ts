import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DESK_FILE, openDesk } from '../store/desk.ts';
import { readCertificate } from '../web/certificate.ts';
import { knownDoor, pageAddresses } from '../web/door.ts';
import { pairingCode } from '../web/people/pairing.ts';
import type { Console } from './console.ts';
import { tableText } from './format.ts';

/** How to get to the page of a box. */
export interface PageView {
  addresses: string[];
  /** SHA-256 of the certificate, as browsers show it; null before it is made. */
  fingerprint: string | null;
  /** What claiming asks for; null once the box has an owner. */
  pairing_code: string | null;
}

/** The page as it was opened last; null where it never was. @throws RohrpostError store-… */
export async function pageOf(c: Console): Promise<PageView | null> {
  if (!existsSync(join(c.folder, DESK_FILE))) return null;
  const desk = openDesk(c.folder);
  try {
    const door = knownDoor(desk);
    const certificate = await readCertificate(c.folder).catch(() => null);
    return {
      addresses: door ? pageAddresses(door) : [],
      fingerprint: certificate?.fingerprint ?? null,
      pairing_code: pairingCode(desk),
    };
  } finally {
    desk.close();
  }
}

export function pageLines({ say }: Console, page: PageView | null): string[] {
  if (page === null) return [];
  const rows = [
    ...page.addresses.map((address, index) => [index === 0 ? say('status.page') : '', address]),
    ...(page.fingerprint === null ? [] : [[say('status.fingerprint'), page.fingerprint]]),
    ...(page.pairing_code === null ? [] : [[say('status.pairing-code'), page.pairing_code]]),
  ];
  return rows.length === 0 ? [] : [...tableText(rows), ''];
}
