import type { Passwords } from '../people/passwords.ts';
import type { Premises } from '../premises.ts';
import type { Web } from '../route.ts';
import { auditRoutes } from './audit.ts';
import { claimRoutes } from './claim.ts';
import { passwordRoutes, secondFactorRoutes } from './own-account.ts';
import { sessionListRoutes, sessionRoutes } from './session.ts';
import { tokenRoutes } from './tokens.ts';
import { userChangeRoutes, userEndRoutes } from './user-changes.ts';
import { userRoutes } from './users.ts';

/** Who may come in, and what they did. */
export function peopleRoutes(web: Web, premises: Premises, passwords: Passwords): void {
  claimRoutes(web, premises, passwords);
  sessionRoutes(web, premises, passwords);
  sessionListRoutes(web, premises);
  passwordRoutes(web, premises, passwords);
  secondFactorRoutes(web, premises, passwords);
  userRoutes(web, premises, passwords);
  userChangeRoutes(web, premises, passwords);
  userEndRoutes(web, premises);
  tokenRoutes(web, premises);
  auditRoutes(web, premises);
}
