import { isDeepStrictEqual } from 'node:util';
import type { Settings } from '../../config/schema.ts';
import type { Secrets } from '../../config/secrets.ts';
import { RohrpostError } from '../../core/errors.ts';

/** A server that is logged in to, as settings and drafts have it. */
interface Account {
  host: string;
  port: number;
  user?: string | undefined;
  password?: string | undefined;
}

/**
 * The secrets as a test of drafts may use them: the password that was typed in, or the stored one, but that only for the
 * server and user that the settings hold it for. Else whoever may test could have the box tell it to a server of theirs.
 */
export function keptSecrets(
  secrets: Secrets,
  settings: Settings,
  draft: Account,
  typed: string | undefined,
): Pick<Secrets, 'get'> {
  return {
    get: async (reference) => {
      if (typed !== undefined) return typed;
      if (!accountsOf(settings).some((account) => isDeepStrictEqual(keyOf(account), keyOf(draft)))) {
        throw new RohrpostError('probe-password-needed');
      }
      return secrets.get(reference);
    },
  };
}

function accountsOf({ mail, partners, targets }: Settings): Account[] {
  const shares = targets.filter((target) => target.kind === 'smb');
  const servers = [mail.smtp, mail.imap, ...partners.map(({ smtp }) => smtp), ...shares];
  return servers.filter((server) => server !== null);
}

const keyOf = ({ host, port, user, password }: Account) => [host.toLowerCase(), port, user, password];
