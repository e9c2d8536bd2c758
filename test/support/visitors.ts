import { sha256 } from '../../src/core/ids.ts';
import { openDesk } from '../../src/store/desk.ts';
import { openPasswords } from '../../src/web/people/passwords.ts';
import type { Role } from '../../src/web/route.ts';
import { newSecret, SESSION_COOKIE } from '../../src/web/who.ts';
import type { Chromium, Visit, VisitOptions } from './chromium.ts';

// People who look at a box's page.

/** The password of every test person; long enough for the rule. */
export const PASSWORD = 'Rohrpost-Kapsel-7';
/** A session begins before the box asks its own clock. */
const HEAD_START_MS = 2_000;

/** Gives a box its people: `admin`, `operator`, `viewer`. The data folder may be of a running box. */
export async function addPeople(folder: string, language: 'de' | 'en' = 'de'): Promise<void> {
  const desk = openDesk(folder);
  try {
    const password = await openPasswords().hash(PASSWORD);
    for (const role of ['admin', 'operator', 'viewer'] as const) {
      if (desk.accounts.named(role)) continue;
      desk.accounts.add({ name: role, role, language, password, must_change: 0, now_ms: Date.now() });
    }
  } finally {
    desk.close();
  }
}

/** A cookie of a new session, without the log-in page (which has a test of its own). */
function openSession(folder: string, role: Role): string {
  const desk = openDesk(folder);
  try {
    const secret = newSecret();
    const account = desk.accounts.named(role)!;
    const steady_ms = Date.now() - HEAD_START_MS;
    desk.sessions.add({ hash: sha256(secret), accountId: account.id, address: '127.0.0.1', agent: 'Test', steady_ms });
    return secret;
  } finally {
    desk.close();
  }
}

/** Opens a place of a box's page as somebody who is logged in. */
export async function visitAs(
  chromium: Chromium,
  at: { folder: string; url: string },
  role: Role,
  o: VisitOptions & { path?: string } = {},
): Promise<Visit> {
  const cookie = {
    ...{ name: SESSION_COOKIE, value: openSession(at.folder, role), url: at.url },
    ...{ secure: true, httpOnly: true, sameSite: 'Strict' as const },
  };
  return chromium.visit(`${at.url}${o.path ?? '/'}`, { ...o, cookies: [cookie] });
}
