import { type SaidOf, said } from '../said.ts';
import type { Settings } from '../schema.ts';
import { caFile } from './tls.ts';

export const updateTexts: SaidOf<Settings['update']> = {
  ...said('Firmware-Updates', 'Firmware updates', 'Updates der Firmware'),
  fields: {
    automatic: said(
      'Von selbst aktualisieren',
      'Update by itself',
      'Updates von selbst installieren, im Wartungsfenster',
    ),
    window: {
      ...said('Wartungsfenster', 'Maintenance window', 'Wann die Box aktualisieren und neu starten darf'),
      fields: {
        from: said('Von', 'From', 'Ab dieser Uhrzeit'),
        to: said('Bis', 'Until', 'Bis zu dieser Uhrzeit'),
        time_zone: said(
          'Zeitzone',
          'Time zone',
          'Zeitzone dieser Uhrzeiten, etwa Europe/Berlin; aus (null): die des Systems',
        ),
      },
    },
    while_moving: said(
      'Auch bei laufenden Studien',
      'Also while studies move',
      'Auch dann neu starten, wenn Studien unterwegs sind',
    ),
    channel: said(
      'Update-Adresse',
      'Update address',
      'Ordner mit den Updates (https://…); aus (null): der des Betreibers',
    ),
    tls_ca_file: caFile,
    report_url: said(
      'Berichte an (Web)',
      'Reports to (web)',
      'Wohin Berichte über den Zustand der Box übers Web gehen (https://…); aus (null): zum Betreiber',
    ),
    report_address: said(
      'Berichte an (Mail)',
      'Reports to (mail)',
      'Wohin Berichte über den Zustand der Box als unterschriebene Mail gehen; aus (null): zum Betreiber',
    ),
  },
};
