import type { CodeTable } from '../errors.ts';

export const dicomCodes = {
  'dicom-listen-failed': {
    retry: 'operator',
    blame: 'operator',
    de: 'Der DICOM-Empfang konnte auf {host}:{port} nicht starten: {reason}',
    en: 'DICOM reception could not start on {host}:{port}: {reason}',
  },
  'dicom-connect-failed': {
    retry: 'later',
    blame: 'network',
    de: 'Keine Verbindung zu {host}:{port}: {reason}',
    en: 'No connection to {host}:{port}: {reason}',
  },
  'dicom-tls-failed': {
    retry: 'operator',
    blame: 'target',
    de: 'Die verschlüsselte Verbindung zu {host}:{port} kam nicht zustande: {reason}',
    en: 'The encrypted connection to {host}:{port} could not be made: {reason}',
  },
  'dicom-association-rejected': {
    retry: 'operator',
    blame: 'target',
    de: 'Die Gegenstelle lehnt die DICOM-Verbindung ab: {reason}',
    en: 'The peer rejects the DICOM association: {reason}',
  },
  'dicom-association-busy': {
    retry: 'later',
    blame: 'target',
    de: 'Die Gegenstelle lehnt die DICOM-Verbindung vorübergehend ab: {reason}',
    en: 'The peer rejects the DICOM association for now: {reason}',
  },
  'dicom-peer-aborted': {
    retry: 'later',
    blame: 'target',
    de: 'Die Gegenstelle hat die DICOM-Verbindung abgebrochen: {reason}',
    en: 'The peer aborted the DICOM association: {reason}',
  },
  'dicom-connection-lost': {
    retry: 'later',
    blame: 'network',
    de: 'Die DICOM-Verbindung ging verloren: {reason}',
    en: 'The DICOM connection was lost: {reason}',
  },
  'dicom-peer-silent': {
    retry: 'later',
    blame: 'target',
    de: 'Die Gegenstelle hat {timeout_ms} ms lang nicht geantwortet: {what}',
    en: 'The peer did not answer for {timeout_ms} ms: {what}',
  },
  'dicom-peer-slow': {
    retry: 'later',
    blame: 'modality',
    de: 'Die Gegenstelle sendet langsamer als {rate} Bytes je Sekunde.',
    en: 'The peer sends slower than {rate} bytes a second.',
  },
  'dicom-peer-idle': {
    retry: 'later',
    blame: 'modality',
    de: 'Die Gegenstelle hat die DICOM-Verbindung {timeout_ms} ms lang offen gelassen, ohne etwas zu senden.',
    en: 'The peer left the DICOM association open for {timeout_ms} ms without sending anything.',
  },
  'dicom-protocol-error': {
    retry: 'operator',
    blame: 'modality',
    de: 'Die Gegenstelle hält sich nicht an das DICOM-Protokoll: {what}',
    en: 'The peer breaks the DICOM protocol: {what}',
  },
  'dicom-peer-pdu-too-small': {
    retry: 'operator',
    blame: 'target',
    de: 'Die Gegenstelle nimmt nur Datenpakete von höchstens {bytes} Bytes an; nötig sind mindestens {least}.',
    en: 'The peer takes data packets of at most {bytes} bytes; at least {least} are needed.',
  },
  'dicom-echo-refused': {
    retry: 'operator',
    blame: 'target',
    de: 'Die Gegenstelle beantwortet den DICOM-Test (C-ECHO) mit einem Fehler: {reason}',
    en: 'The peer answers the DICOM test (C-ECHO) with an error: {reason}',
  },
  'dicom-not-part10': {
    retry: 'never',
    blame: 'content',
    de: 'Die Datei ist keine DICOM-Datei.',
    en: 'The file is not a DICOM file.',
  },
  'dicom-header-malformed': {
    retry: 'never',
    blame: 'content',
    de: 'Die Kopfdaten des DICOM-Objekts sind nicht lesbar: {what}',
    en: 'The header of the DICOM object cannot be read: {what}',
  },
  'dicom-header-too-long': {
    retry: 'never',
    blame: 'content',
    de: 'Die Kopfdaten des DICOM-Objekts überschreiten die Grenze von {limit} ({what}).',
    en: 'The header of the DICOM object exceeds the limit of {limit} ({what}).',
  },
  'preview-none': {
    retry: 'never',
    blame: 'content',
    de: 'Von dieser Studie gibt es hier kein Bild (mehr), das sich zeigen lässt.',
    en: 'There is no image of this study here (any more) that can be shown.',
  },
  'preview-too-large': {
    retry: 'never',
    blame: 'content',
    de: 'Das Bild ist für eine Vorschau zu groß ({size_bytes} Bytes).',
    en: 'The image is too large for a preview ({size_bytes} bytes).',
  },
  'preview-impossible': {
    retry: 'never',
    blame: 'content',
    de: 'Dieses Bild kann die Box nicht zeichnen. Gesendet und zugestellt wird es trotzdem unverändert.',
    en: 'The box cannot draw this image. It is sent and delivered unchanged all the same.',
  },
  'dicom-uid-illegal': {
    retry: 'never',
    blame: 'content',
    de: 'Eine Kennung (UID) des DICOM-Objekts fehlt oder ist ungültig: {what}',
    en: 'An identifier (UID) of the DICOM object is missing or illegal: {what}',
  },
} as const satisfies CodeTable;
