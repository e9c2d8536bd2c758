import { type SaidOf, said } from '../said.ts';
import type { Route, Settings } from '../schema.ts';

const quiet = said('Ruhezeit', 'Quiet time', 'Eine Studie gilt nach dieser Zeit ohne neues Bild als vollständig');
const cap = said('Höchstens', 'At the latest', 'Eine Studie geht spätestens so lange nach ihrem ersten Bild weg');

export const settleTexts: SaidOf<Settings['settle']> = {
  ...said(
    'Vollständigkeit',
    'Completeness',
    'Wann eine Studie vollständig genug ist, um zu gehen, wenn ihre Regel nichts dazu sagt',
  ),
  fields: { quiet_s: quiet, cap_s: cap },
};

export const routeTexts: SaidOf<Route> = {
  ...said('Regel', 'Rule', 'Welche Studien zu welchen Partnern gehen'),
  fields: {
    id: said('Kennung', 'Id', 'Kurzer Name der Regel'),
    when: {
      ...said('Wenn', 'When', 'Bedingungen, die alle zutreffen müssen; keine: jede Studie'),
      fields: {
        called_ae: said('Gerufener AE-Titel', 'Called AE title', 'AE-Titel, den das Gerät gerufen hat'),
        calling_ae: said('AE-Titel des Geräts', 'Calling AE title', 'AE-Titel des Geräts'),
        modality: said('Modalität', 'Modality', 'Modalität der Serie, wie CT'),
        tags: {
          ...said('DICOM-Angaben', 'DICOM attributes', 'Bedingungen an die DICOM-Angaben, die alle zutreffen müssen'),
          item: {
            ...said('Bedingung', 'Condition', 'Eine Bedingung an eine DICOM-Angabe'),
            fields: {
              keyword: {
                ...said('Angabe', 'Attribute', 'DICOM-Attribut'),
                values: {
                  StudyDescription: { de: 'Studienbeschreibung', en: 'Study description' },
                  BodyPartExamined: { de: 'Körperteil', en: 'Body part' },
                  InstitutionName: { de: 'Einrichtung', en: 'Institution' },
                  InstitutionalDepartmentName: { de: 'Abteilung', en: 'Department' },
                  StationName: { de: 'Gerätename', en: 'Station name' },
                  ReferringPhysicianName: { de: 'Überweiser', en: 'Referring physician' },
                  AccessionNumber: { de: 'Auftragsnummer', en: 'Accession number' },
                  PatientID: { de: 'Patienten-ID', en: 'Patient ID' },
                },
              },
              matches: said(
                'entspricht',
                'matches',
                'Ihr ganzer Wert; * steht für beliebige Zeichen, ? für genau eines; Groß- und Kleinschreibung sind gleich',
              ),
            },
          },
        },
      },
    },
    to: { ...said('An', 'To', 'Partner'), item: said('Partner', 'Partner', 'Kennung eines Partners') },
    urgent: said('Dringend', 'Urgent', 'Schon senden, während die Studie noch eintrifft, und vor allem anderen'),
    quiet_s: quiet,
    cap_s: cap,
  },
};
