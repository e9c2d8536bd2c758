import { type SaidOf, said } from '../said.ts';
import type { Settings, Smtp } from '../schema.ts';
import { caFile, certFile, keyFile, security } from './tls.ts';

export const smtpFields: SaidOf<Smtp>['fields'] = {
  host: said('Server', 'Server', 'Mailserver, der unsere Mails annimmt'),
  port: said('Port', 'Port', 'Sein Port'),
  security,
  user: said('Benutzername', 'User name', 'Benutzername; ohne: keine Anmeldung'),
  password: said('Passwort', 'Password', 'Passwort, als secret:NAME'),
  ca_file: caFile,
  client_name: said(
    'Eigener Rechnername',
    'Our host name',
    'Name, mit dem wir uns melden (EHLO); ohne: die Domäne unserer Adresse',
  ),
};

export const mailTexts: SaidOf<Settings['mail']> = {
  ...said('E-Mail', 'Mail', 'E-Mail'),
  fields: {
    address: said('Eigene Mail-Adresse', 'Our mail address', 'Unsere eigene Mail-Adresse'),
    smtp: {
      ...said(
        'Versand (SMTP)',
        'Sending (SMTP)',
        'Mailserver für den Versand; aus (null): nur direkte Wege zu Partnern',
      ),
      fields: smtpFields,
    },
    imap: {
      ...said('Postfach (IMAP)', 'Mailbox (IMAP)', 'Postfach, aus dem abgeholt wird; aus (null): keines'),
      fields: {
        host: said('Server', 'Server', 'Mailserver mit unserem Postfach'),
        port: said('Port', 'Port', 'Sein Port'),
        security,
        user: said('Benutzername', 'User name', 'Benutzername'),
        password: said('Passwort', 'Password', 'Passwort, als secret:NAME'),
        ca_file: caFile,
        folder: said('Ordner', 'Folder', 'Ordner, aus dem abgeholt wird'),
        afterwards: {
          ...said('Nach dem Abholen', 'Afterwards', 'Was mit einer abgeholten Mail geschieht'),
          values: { move: { de: 'verschieben', en: 'move' }, delete: { de: 'löschen', en: 'delete' } },
        },
        move_to: said('Verschieben nach', 'Move to', 'Ordner, in den abgeholte Mails verschoben werden'),
      },
    },
    listener: {
      ...said(
        'Eigener Empfang (SMTP)',
        'Own listener (SMTP)',
        'Eigener SMTP-Empfang für Partner, die direkt senden; aus (null): keiner',
      ),
      fields: {
        host: said('Adresse', 'Address', 'Adresse, an der wir lauschen'),
        port: said('Port', 'Port', 'Port, an dem wir lauschen'),
        security,
        key_file: keyFile,
        cert_file: certFile,
      },
    },
    poll_s: said('Abruf spätestens alle', 'Look at least every', 'So oft wird spätestens ins Postfach gesehen'),
  },
};
