import { Type } from 'typebox';
import { address, group, host, integer, listenPort, mailFolder, oneOf, orNull, port, secret, text } from '../kinds.ts';
import { caFile, certFile, keyFile, security } from './tls.ts';

export const smtp = group(
  {
    host: host({ description: 'Mail server that takes our mails' }),
    port: port({ description: 'Its port', default: 587 }),
    security: security(),
    user: Type.Optional(text({ description: 'User name; none: no log-in' })),
    password: Type.Optional(secret({ description: 'Password, as secret:NAME' })),
    ca_file: Type.Optional(caFile()),
    client_name: Type.Optional(host({ description: 'Name we greet with (EHLO); none: the domain of our address' })),
  },
  { description: 'Sending by SMTP' },
);

export const imap = group(
  {
    host: host({ description: 'Mail server that holds our mailbox' }),
    port: port({ description: 'Its port', default: 993 }),
    security: security('tls'),
    user: text({ description: 'User name' }),
    password: secret({ description: 'Password, as secret:NAME' }),
    ca_file: Type.Optional(caFile()),
    folder: mailFolder({ description: 'Folder to collect from', default: 'INBOX' }),
    afterwards: oneOf(['move', 'delete'], { description: 'What becomes of a collected mail', default: 'move' }),
    move_to: mailFolder({ description: 'Folder that collected mails are moved to', default: 'Rohrpost' }),
  },
  { description: 'Collecting by IMAP' },
);

const listener = group(
  {
    host: host({ description: 'Address to listen on', default: '0.0.0.0' }),
    port: listenPort({ description: 'Port to listen on', default: 2525 }),
    security: security(),
    key_file: keyFile(),
    cert_file: certFile(),
  },
  { description: 'Our own SMTP listener' },
);

export const mail = group(
  {
    address: address({ description: 'Our own mail address' }),
    smtp: orNull(smtp, { description: 'Mail server for sending; off (null): only direct ways to partners' }),
    imap: orNull(imap, { description: 'Mailbox to collect from; off (null): none' }),
    listener: orNull(listener, { description: 'Own SMTP listener for partners that send directly; off (null): none' }),
    poll_s: integer(5, 3_600, { description: 'The mailbox is looked at, at the latest, this often', default: 60 }),
  },
  { description: 'Mail' },
);
