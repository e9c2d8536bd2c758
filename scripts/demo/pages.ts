import { randomInt } from 'node:crypto';
import { openDesk } from '../../src/store/desk.ts';
import { readCertificate } from '../../src/web/certificate.ts';
import { openPasswords } from '../../src/web/people/passwords.ts';
import { freePort } from '../../test/support/ports.ts';
import type { Clinic } from './clinics.ts';

/** Where a clinic's page is. */
export interface PageDoor {
  port: number;
  url: string;
}

export const ADMIN = 'admin';
/** Without the letters that people take for others. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789';

/** A browser keeps one cookie for all ports of a host: each clinic is called by another name of this machine. */
export async function pageDoor(host: 'localhost' | '127.0.0.1'): Promise<PageDoor> {
  const port = await freePort();
  return { port, url: `https://${host}:${port}` };
}

/** A password for both boxes: four groups of four, 79 bits. */
export function newPassword(): string {
  const group = () => Array.from({ length: 4 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return Array.from({ length: 4 }, group).join('-');
}

/** Claims a box: its owner is there already, and reads what the terminal's language says. */
export async function addAdmin(folder: string, password: string): Promise<void> {
  const language = /^de/i.test(process.env.LC_ALL || process.env.LANG || '') ? 'de' : 'en';
  const desk = openDesk(folder);
  try {
    const hash = await openPasswords().hash(password);
    desk.accounts.add({ name: ADMIN, role: 'admin', language, password: hash, must_change: 0, now_ms: Date.now() });
  } finally {
    desk.close();
  }
}

/** Where the pages are and how to get in, in lines of text. */
export async function pageLines(clinics: readonly Clinic[], password: string): Promise<string[]> {
  const lines = await Promise.all(
    clinics.map(async ({ name, page, folder }) => {
      const fingerprint = (await readCertificate(folder))?.fingerprint ?? '';
      return [`  ${name}:  ${page.url}`, `             certificate ${fingerprint}`];
    }),
  );
  return [
    'Their pages (each box made its own certificate: the browser warns, and shows this fingerprint, SHA-256):',
    '',
    ...lines.flat(),
    '',
    `  Log in to both as: ${ADMIN}   password: ${password}`,
  ];
}
