import { type SaidOf, said } from '../said.ts';
import type { Settings } from '../schema.ts';
import { alarmsTexts } from './alarms.ts';
import { mailTexts } from './mail.ts';
import { partnerTexts } from './partner.ts';
import { routeTexts, settleTexts } from './route.ts';
import { targetTexts } from './target.ts';
import { certFile, keyFile } from './tls.ts';
import { updateTexts } from './update.ts';

const listenHost = said('Adresse', 'Address', 'Adresse, an der wir lauschen');
const listenPort = said('Port', 'Port', 'Port, an dem wir lauschen');

const dicom: SaidOf<Settings['dicom']> = {
  ...said('DICOM-Empfang', 'DICOM receiving', 'Empfang von Geräten'),
  fields: {
    host: listenHost,
    port: listenPort,
    tls: {
      ...said('DICOM über TLS', 'DICOM over TLS', 'DICOM über TLS neben dem unverschlüsselten Port'),
      fields: {
        port: listenPort,
        key_file: keyFile,
        cert_file: certFile,
        ca_file: said(
          'Zertifikate der Geräte',
          'Certificates of modalities',
          'Wenn angegeben, müssen Geräte ein Zertifikat dieser Stelle zeigen',
        ),
      },
    },
    allow: {
      ...said('Erlaubte Geräte', 'Allowed modalities', 'Wer uns senden darf; leer: jeder'),
      item: {
        ...said('Gerät', 'Modality', 'Ein Gerät'),
        fields: {
          ae_title: said('AE-Titel', 'AE title', 'AE-Titel des Geräts'),
          address: said('Netzadresse', 'Network address', 'Seine IP-Adresse oder sein Netz'),
        },
      },
    },
    duplicates: {
      ...said(
        'Anderer Inhalt',
        'Other content',
        'Antwort an ein Gerät, das eine bekannte SOP-Instanz mit anderem Inhalt schickt',
      ),
      values: {
        refuse: { de: 'ablehnen', en: 'refuse' },
        warn: { de: 'mit Warnung annehmen', en: 'take with a warning' },
      },
    },
  },
};

/** Labels and German of every setting; the English descriptions stand in the schema. */
export const settingsTexts: SaidOf<Settings> = {
  ...said('Einstellungen', 'Settings', 'Einstellungen einer Rohrpost-Box'),
  fields: {
    version: said('Format', 'Format', 'Format dieser Datei'),
    site: {
      ...said('Standort', 'Site', 'Dieser Standort'),
      fields: {
        name: said('Name', 'Name', 'Name dieses Standorts'),
        language: {
          ...said('Sprache', 'Language', 'Sprache von Seiten, Mails und Befehlen'),
          values: { de: { de: 'Deutsch', en: 'German' }, en: { de: 'Englisch', en: 'English' } },
        },
        ae_title: said('AE-Titel', 'AE title', 'Unser eigener AE-Titel'),
      },
    },
    dicom,
    mail: mailTexts,
    partners: { ...said('Partner', 'Partners', 'Partner'), item: partnerTexts },
    settle: settleTexts,
    routes: {
      ...said('Regeln', 'Rules', 'Regeln; ohne eine geht eine Studie zu dem Partner, dessen AE-Titel gerufen wurde'),
      item: routeTexts,
    },
    targets: { ...said('Ziele', 'Targets', 'Wohin ausgeliefert wird, was ankommt'), item: targetTexts },
    alarms: alarmsTexts,
    web: {
      ...said('Seite der Box', 'Page of the box', 'Die Seite im Browser'),
      fields: {
        host: listenHost,
        port: said('Port (HTTPS)', 'Port (HTTPS)', 'Port der Seite (HTTPS)'),
        redirect_port: said(
          'Port (HTTP)',
          'Port (HTTP)',
          'Port, der nur zur Seite weiterleitet (HTTP); aus (null): keiner',
        ),
      },
    },
    update: updateTexts,
    retention: {
      ...said('Aufbewahrung', 'Retention', 'Wie lange etwas aufgehoben wird'),
      fields: {
        done_days: said('Fertige Studien', 'Finished studies', 'So lange werden fertige Studien aufgehoben'),
        quarantine_days: said('Quarantäne', 'Quarantine', 'So lange werden Mails in Quarantäne aufgehoben'),
      },
    },
    disk: {
      ...said('Speicherplatz', 'Disk', 'Freier Speicherplatz'),
      fields: {
        refuse_below_bytes: said('Reserve', 'Reserve', 'Unter diesem freien Platz wird nichts Neues angenommen'),
      },
    },
    log: {
      ...said('Protokoll', 'Log', 'Protokoll'),
      fields: {
        level: {
          ...said('Ausführlichkeit', 'Detail', 'Wie viel protokolliert wird'),
          values: {
            debug: { de: 'alles', en: 'everything' },
            info: { de: 'normal', en: 'normal' },
            warn: { de: 'Warnungen und Fehler', en: 'warnings and errors' },

            error: { de: 'nur Fehler', en: 'errors only' },
          },
        },
      },
    },
  },
};
