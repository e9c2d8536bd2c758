import { type SaidOf, said } from '../said.ts';
import type { Partner } from '../schema.ts';
import { smtpFields } from './mail.ts';

const automatic = { de: 'automatisch', en: 'automatic' };

export const partnerTexts: SaidOf<Partner> = {
  ...said('Partner', 'Partner', 'Eine Gegenstelle'),
  fields: {
    id: said('Kennung', 'Id', 'Kurzer Name in Tabellen und Befehlen'),
    name: said('Name', 'Name', 'Name für Menschen'),
    address: said('Mail-Adresse', 'Mail address', 'Mail-Adresse des Partners'),
    ae_title: said('AE-Titel', 'AE title', 'AE-Titel an unserer Box, der für diesen Partner steht'),
    fingerprints: {
      ...said(
        'Schlüssel',
        'Keys',
        'Geprüfte Schlüssel des Partners; für den ersten wird verschlüsselt. Dateien: keys/partners/<FINGERABDRUCK>.asc',
      ),
      item: said('Fingerabdruck', 'Fingerprint', 'OpenPGP-Fingerabdruck (40 Hexadezimalziffern)'),
    },
    smtp: {
      ...said(
        'Direkter Weg',
        'Direct way',
        'Direkter Weg zum Empfang dieses Partners; aus (null): über unseren Mailserver',
      ),
      fields: smtpFields,
    },
    form: {
      ...said(
        'Form der Mails',
        'Form of mails',
        'Ein Objekt je Mail (klassisch), viele (gebündelt) oder wie der Partner es meldet (automatisch)',
      ),
      values: {
        auto: automatic,
        classic: { de: 'klassisch: ein Objekt je Mail', en: 'classic: one object per mail' },
        batch: { de: 'gebündelt: viele je Mail', en: 'batch: many per mail' },
      },
    },
    max_mail_bytes: said('Größte Mail', 'Largest mail', 'Größte Mail, die dieser Partner annimmt, so wie sie reist'),
    fragments: said(
      'Mails zerteilen',
      'Cut mails',
      'Zu große Mails dürfen als message/partial zerteilt werden; das kann nicht jede Gegenstelle lesen',
    ),
    compress: {
      ...said('Kompression', 'Compression', 'Kompression innerhalb von OpenPGP'),
      values: { auto: automatic, always: { de: 'immer', en: 'always' }, never: { de: 'nie', en: 'never' } },
    },
    inner: {
      ...said('Innere Kodierung', 'Inner encoding', 'Kodierung der Objekte innerhalb des verschlüsselten Teils'),
      values: { auto: automatic, base64: { de: 'Base64', en: 'Base64' }, binary: { de: 'binär', en: 'binary' } },
    },
    receipts: {
      ...said('Empfangsbestätigungen', 'Receipts', 'Empfangsbestätigungen'),
      fields: {
        ask: said('Bestätigung verlangen', 'Ask for receipts', 'Diesen Partner um Empfangsbestätigungen bitten'),
        accept_unsigned: said(
          'Ohne Unterschrift annehmen',
          'Accept without signature',
          'UNSICHER: Bestätigungen ohne Unterschrift gelten lassen',
        ),
        send: {
          ...said('Unsere Antwort', 'Our answer', 'Wie wir bestätigen'),
          values: {
            signed: { de: 'unterschrieben', en: 'signed' },
            plain: { de: 'ohne Unterschrift', en: 'plain' },
            none: { de: 'gar nicht', en: 'not at all' },
          },
        },
      },
    },
    confirm_within_h: said('Bestätigung binnen', 'Confirmed within', 'Alarm, wenn bis dahin keine Bestätigung kam'),
    legacy_crypto: said(
      'Veraltete Verschlüsselung',
      'Legacy crypto',
      'UNSICHER: SHA-1-Unterschriften, DSA- und ElGamal-Schlüssel und Nachrichten ohne Integritätsschutz annehmen',
    ),
    deliver: {
      ...said(
        'Ausliefern',
        'Delivery',
        'Eine Sendung erst ausliefern, wenn sie vollständig ist, oder Objekt für Objekt (Notfälle)',
      ),
      values: {
        whole: { de: 'erst wenn vollständig', en: 'when complete' },
        as_it_arrives: { de: 'sofort, wie es eintrifft', en: 'as it arrives' },
      },
    },
    targets: {
      ...said('Ziele', 'Targets', 'Wohin geht, was von diesem Partner kommt; leer: an alle Standardziele'),
      item: said('Ziel', 'Target', 'Kennung eines Ziels'),
    },
    patient_id: {
      ...said('Patienten-ID', 'Patient ID', 'Patienten-ID in dem, was ankommt'),
      values: { keep: { de: 'unverändert', en: 'kept' } },
    },
    hold: said('Anhalten', 'Hold', 'Alles für diesen Partner zurückhalten'),
  },
};
