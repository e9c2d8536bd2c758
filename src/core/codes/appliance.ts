import type { CodeTable } from '../errors.ts';

const operator = { retry: 'operator', blame: 'operator' } as const;
const bundle = { retry: 'never', blame: 'operator' } as const;

/** What the system around the program, its caretaker, and RAUC say. */
export const applianceCodes = {
  'appliance-facts': {
    retry: 'operator',
    blame: 'us',
    de: 'Das System der Box hat beim Start nicht gesagt, was das Programm wissen muss ({file}).',
    en: 'At its start the system of the box did not say what the program must know ({file}).',
  },
  'appliance-away': {
    retry: 'later',
    blame: 'us',
    de: 'Die Systemverwaltung der Box antwortet nicht: {reason}',
    en: 'The caretaker of the box does not answer: {reason}',
  },
  'appliance-failed': {
    retry: 'operator',
    blame: 'us',
    de: 'Das System der Box konnte das nicht ausführen: {reason}',
    en: 'The system of the box could not do that: {reason}',
  },
  'appliance-busy': {
    retry: 'later',
    blame: 'operator',
    de: 'Am System der Box wird gerade etwas anderes geändert. Bitte gleich noch einmal versuchen.',
    en: 'Something else is being changed in the system of the box. Please try again in a moment.',
  },
  'appliance-refused': {
    ...operator,
    de: 'Das nimmt das System der Box nicht an ({field}): {reason}',
    en: 'The system of the box does not take this ({field}): {reason}',
  },
  'appliance-none': {
    ...operator,
    retry: 'never',
    de: 'Dieses Programm läuft nicht auf einer Rohrpost-Box; das System darunter verwaltet jemand anderes.',
    en: 'This program does not run on a Rohrpost box; somebody else looks after the system below it.',
  },
  'storage-locked': {
    ...operator,
    de: 'Der Speicher der Box ist gesperrt: Ihr Sicherheitschip gibt den Schlüssel nicht heraus. Bitte den Wiederherstellungsschlüssel eingeben.',
    en: 'The storage of the box is locked: its security chip does not give the key. Please enter the recovery key.',
  },
  'storage-damaged': {
    ...operator,
    de: 'Der Speicher der Box ist beschädigt und konnte nicht geöffnet werden. Es wurde nichts gelöscht.',
    en: 'The storage of the box is damaged and could not be opened. Nothing was deleted.',
  },
  'storage-missing': {
    ...operator,
    de: 'Der Speicher der Box fehlt.',
    en: 'The storage of the box is missing.',
  },
  'box-moved': {
    ...operator,
    de: 'Die Daten dieser Box stammen von einem anderen Gerät. Bis jemand sagt, welches von beiden weiterarbeitet, sendet und empfängt sie nichts.',
    en: 'The data of this box were made on another machine. Until somebody says which of the two goes on, it sends and receives nothing.',
  },
  'appliance-name-differs': {
    ...operator,
    de: 'Das ist nicht der Name dieser Box. Sie heißt {name}; es wurde nichts gelöscht.',
    en: 'This is not the name of this box. It is called {name}; nothing was deleted.',
  },
  'network-not-taken': {
    ...operator,
    de: 'Diese Netzwerkeinstellungen gehen nicht; es gelten die bisherigen: {reason}',
    en: 'These network settings do not work; those from before are in use: {reason}',
  },
  'network-nothing-to-keep': {
    ...operator,
    de: 'Es gibt keine Netzwerkänderung zu behalten; vielleicht ist sie schon zurückgenommen.',
    en: 'There is no change of the network to keep; it may have been taken back already.',
  },
  'unlock-key-wrong': {
    ...operator,
    de: 'Dieser Wiederherstellungsschlüssel öffnet den Speicher nicht.',
    en: 'This recovery key does not open the storage.',
  },
  'unlock-not-needed': {
    ...operator,
    retry: 'never',
    de: 'Der Speicher dieser Box ist nicht gesperrt.',
    en: 'The storage of this box is not locked.',
  },

  'appliance-on-trial': {
    retry: 'later',
    blame: 'us',
    de: 'Die laufende Firmware muss sich erst bewähren; bis dahin bleibt die bisherige unangetastet.',
    en: 'The firmware that runs has to prove itself first; until then the one from before is left alone.',
  },

  // Bundles: what is wrong with them, and what RAUC says while installing one.
  'bundle-missing': {
    ...operator,
    de: 'Die Firmware-Datei ist nicht (mehr) da, oder es ist keine Datei.',
    en: 'The firmware file is not here (any more), or is no file.',
  },
  'bundle-damaged': {
    ...bundle,
    de: 'Das ist kein vollständiges Firmware-Paket: {reason}',
    en: 'This is no complete firmware bundle: {reason}',
  },
  'bundle-untrusted': {
    ...bundle,
    de: 'Dieses Firmware-Paket ist nicht von jemandem unterschrieben, dem diese Box vertraut.',
    en: 'This firmware bundle is not signed by anybody this box trusts.',
  },
  'bundle-signer-expired': {
    ...operator,
    de: 'Das Zertifikat, mit dem dieses Firmware-Paket unterschrieben ist, gilt heute nicht. Stimmt die Uhr der Box?',
    en: 'The certificate that signed this firmware bundle is not valid today. Is the clock of the box right?',
  },
  'bundle-other-product': {
    ...bundle,
    de: 'Dieses Firmware-Paket ist für andere Geräte ({product}); dieses hier ist {own}.',
    en: 'This firmware bundle is for other devices ({product}); this one is {own}.',
  },
  'bundle-older': {
    ...bundle,
    de: 'Dieses Firmware-Paket ({version}) ist älter als die Firmware, die läuft ({running}).',
    en: 'This firmware bundle ({version}) is older than the firmware that runs ({running}).',
  },
  'bundle-too-old': {
    ...bundle,
    de: 'Dieses Firmware-Paket ({version}) ist älter als alles, was diese Box noch annimmt (ab {floor}).',
    en: 'This firmware bundle ({version}) is older than anything this box still takes (from {floor}).',
  },
  'bundle-other-hash': {
    ...operator,
    retry: 'later',
    de: 'Das Firmware-Paket ist nicht das angekündigte: Seine Prüfsumme ist eine andere.',
    en: 'The firmware bundle is not the one that was announced: its checksum differs.',
  },
  'bundle-too-large': {
    ...bundle,
    de: 'Das Firmware-Paket ist größer als der Platz, den diese Box dafür hat.',
    en: 'The firmware bundle is larger than the room this box has for it.',
  },
  'bundle-unreachable': {
    retry: 'later',
    blame: 'network',
    de: 'Das Firmware-Paket kann nicht geladen werden: {reason}',
    en: 'The firmware bundle cannot be fetched: {reason}',
  },
  'bundle-server-untrusted': {
    ...operator,
    de: 'Der Server des Firmware-Pakets weist sich nicht mit einem Zertifikat aus, dem diese Box vertraut.',
    en: 'The server of the firmware bundle does not show a certificate that this box trusts.',
  },
  'bundle-not-read': {
    retry: 'later',
    blame: 'network',
    de: 'Das Firmware-Paket ließ sich nicht zu Ende lesen: Die Verbindung brach ab, oder es ist beschädigt ({reason}).',
    en: 'The firmware bundle could not be read to its end: the connection broke, or it is damaged ({reason}).',
  },
  'bundle-not-written': {
    retry: 'later',
    blame: 'us',
    de: 'Die Firmware konnte nicht geschrieben werden: {reason}',
    en: 'The firmware could not be written: {reason}',
  },
} as const satisfies CodeTable;
