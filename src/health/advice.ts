import type { ErrorCode, Language } from '../core/errors.ts';
import type { Text } from '../core/texts.ts';

/** What to do about a failure: where to look, whom to ask. The error's own text says what happened. */
export const advice: Partial<Record<ErrorCode, Text>> = {
  'transport-host-unknown': {
    de: 'Bitte die Schreibweise des Servernamens prüfen, und ob die Box einen DNS-Server erreicht.',
    en: 'Please check the spelling of the server name, and whether the box reaches a DNS server.',
  },
  'transport-connect-failed': {
    de: 'Bitte Servername und Port prüfen. Oft sperrt die Firewall der Klinik ausgehende Mailverbindungen (587, 465, 993): dort die Adresse der Box freigeben.',
    en: 'Please check server name and port. Often the firewall of the clinic blocks outgoing mail connections (587, 465, 993): allow the address of the box there.',
  },
  'transport-timed-out': {
    de: 'Entweder ist der Port falsch oder eine Firewall verwirft die Verbindung stillschweigend. Üblich sind 587 (STARTTLS) und 465 (TLS) zum Senden, 993 (TLS) zum Abholen.',
    en: 'Either the port is wrong or a firewall silently drops the connection. Usual are 587 (STARTTLS) and 465 (TLS) for sending, 993 (TLS) for collecting.',
  },
  'transport-connection-lost': {
    de: 'Bitte prüfen, ob Port und Verschlüsselung zusammenpassen (465 und 993: TLS; 587 und 143: STARTTLS) und ob eine Firewall Mails mitliest.',
    en: 'Please check that port and encryption go together (465 and 993: TLS; 587 and 143: STARTTLS) and whether a firewall inspects mail.',
  },
  'transport-tls-refused': {
    de: 'Bitte prüfen, ob Port und Verschlüsselung zusammenpassen (465 und 993: TLS; 587 und 143: STARTTLS). Ein Server ohne TLS kann nicht verwendet werden.',
    en: 'Please check that port and encryption go together (465 and 993: TLS; 587 and 143: STARTTLS). A server without TLS cannot be used.',
  },
  'transport-certificate-untrusted': {
    de: 'Hat der Server ein Zertifikat der eigenen Stelle der Klinik, deren Zertifikat auf der Box hinterlegen und als ca_file eintragen. Sonst bitte die Administratoren des Mailservers fragen.',
    en: "If the server's certificate is from an authority of the clinic's own, store that authority's certificate on the box and enter it as ca_file. Else please ask the administrators of the mail server.",
  },
  'transport-certificate-expired': {
    de: 'Bitte zuerst die Uhr der Box prüfen; geht sie richtig, muss das Zertifikat des Mailservers erneuert werden.',
    en: 'Please check the clock of the box first; if it is right, the certificate of the mail server must be renewed.',
  },
  'transport-certificate-name': {
    de: 'Bitte den Server unter dem Namen eintragen, der in seinem Zertifikat steht, nicht unter einer IP-Adresse oder einem Zweitnamen.',
    en: 'Please enter the server by the name in its certificate, not by an IP address or an alias.',
  },
  'transport-auth-failed': {
    de: 'Viele Anbieter verlangen die ganze Mailadresse als Benutzernamen; einige ein eigenes App-Passwort, oder dass IMAP und SMTP im Kundenbereich erst eingeschaltet werden.',
    en: 'Many providers want the whole mail address as user name; some want an app password of its own, or IMAP and SMTP to be switched on in the account first.',
  },
  'transport-server-refused': {
    de: 'Die Antwort des Servers sagt den Grund. Bitte die Administratoren des Mailservers fragen, ob die Box von dieser Adresse aus senden darf.',
    en: 'The answer of the server tells the reason. Please ask the administrators of the mail server whether the box may send from this address.',
  },
  'transport-refused-later': {
    de: 'Das geht oft von selbst vorbei. Bitte in einigen Minuten noch einmal versuchen.',
    en: 'This often passes by itself. Please try again in a few minutes.',
  },
  'transport-sender-refused': {
    de: 'Das Konto darf nicht unter dieser Absenderadresse senden. Bitte die Adresse der Box und den Benutzernamen vergleichen.',
    en: 'The account may not send from this address. Please compare the address of the box with the user name.',
  },
  'transport-recipient-refused': {
    de: 'Bitte die Mailadresse des Empfängers prüfen.',
    en: "Please check the recipient's mail address.",
  },
  'transport-mailbox-full': {
    de: 'Bitte im Postfach Platz schaffen oder dort mehr Speicher bestellen.',
    en: 'Please make room in the mailbox or order more space for it.',
  },
  'transport-folder-missing': {
    de: 'Bitte den Ordnernamen prüfen; meist heißt er INBOX.',
    en: 'Please check the name of the folder; mostly it is INBOX.',
  },
  'transport-protocol': {
    de: 'Unter diesem Port antwortet vermutlich ein anderer Dienst. Bitte Port und Verschlüsselung prüfen.',
    en: 'Another service probably answers on this port. Please check port and encryption.',
  },
  'transport-mail-not-seen': {
    de: 'Bitte im Postfach nachsehen, ob sie noch kommt, im Spam-Ordner liegt oder eine Regel sie verschiebt, und ob Sende- und Abholkonto zur selben Adresse gehören.',
    en: 'Please look whether it still comes, lies in the spam folder or is moved by a rule of the mailbox, and whether the accounts for sending and collecting belong to the same address.',
  },
  'dicom-connect-failed': {
    de: 'Bitte Rechner und Port prüfen, ob das PACS läuft, und ob eine Firewall zwischen Box und PACS die Verbindung sperrt.',
    en: 'Please check host and port, whether the PACS is running, and whether a firewall between box and PACS blocks the connection.',
  },
  'dicom-tls-failed': {
    de: 'Bitte prüfen, ob das PACS auf diesem Port TLS spricht und die Box seinem Zertifikat vertraut.',
    en: 'Please check whether the PACS speaks TLS on this port and whether the box trusts its certificate.',
  },
  'dicom-association-rejected': {
    de: 'Bitte den AE-Titel des PACS prüfen (auf Groß- und Kleinschreibung achten) und im PACS den AE-Titel und die IP-Adresse dieser Box eintragen lassen.',
    en: 'Please check the AE title of the PACS (upper and lower case count), and have the AE title and IP address of this box entered in the PACS.',
  },
  'dicom-association-busy': {
    de: 'Das PACS ist ausgelastet. Bitte in einigen Minuten noch einmal versuchen.',
    en: 'The PACS is busy. Please try again in a few minutes.',
  },
  'dicom-connection-lost': {
    de: 'Unter diesem Port antwortet vermutlich kein DICOM-Dienst, oder er erwartet TLS.',
    en: 'There is probably no DICOM service on this port, or it expects TLS.',
  },
  'dicom-peer-aborted': {
    de: 'Bitte im Protokoll des PACS nachsehen; meist kennt es den AE-Titel der Box nicht.',
    en: 'Please look into the log of the PACS; mostly it does not know the AE title of the box.',
  },
  'dicom-peer-silent': {
    de: 'Der Rechner ist erreichbar, antwortet aber nicht auf DICOM. Bitte den Port prüfen und ob dort TLS verlangt wird.',
    en: 'The host can be reached but does not answer DICOM. Please check the port, and whether TLS is expected there.',
  },
  'pacs-refused-image': {
    de: 'Bitte im PACS nachsehen, ob es von dieser Box (AE-Titel und IP-Adresse) Bilder annimmt, nicht nur den Verbindungstest.',
    en: 'Please check in the PACS whether it takes images from this box (AE title and IP address), not only the connection test.',
  },
  'share-away': {
    de: 'Bitte Rechnernamen und Port prüfen, und ob die Firewall SMB (445) durchlässt.',
    en: 'Please check host name and port, and whether the firewall lets SMB (445) through.',
  },
  'share-logon-refused': {
    de: 'Bitte Konto, Passwort und gegebenenfalls die Domäne prüfen.',
    en: 'Please check account, password and, if there is one, the domain.',
  },
  'share-missing': {
    de: 'Bitte den Namen der Freigabe prüfen; bei einem Ordner der Box muss er schon da sein.',
    en: 'Please check the name of the share; a folder of the box must be there already.',
  },
  'share-denied': {
    de: 'Das Konto braucht Schreibrechte auf der Freigabe (Freigabe- und Dateirechte).',
    en: 'The account needs permission to write to the share (of the share and of the files).',
  },
  'partner-key-missing': {
    de: 'Bitte den öffentlichen Schlüssel des Partners eintragen und seinen Fingerabdruck am Telefon vergleichen.',
    en: 'Please add the public key of the partner and compare its fingerprint by telephone.',
  },
  'own-key-missing': {
    de: 'Der eigene Schlüssel fehlt oder lässt sich nicht öffnen. Eine Sicherung enthält ihn; sonst einen neuen machen und allen Partnern geben.',
    en: 'Our own key is missing or cannot be unlocked. A backup holds it; else make a new one and give it to all partners.',
  },
  'pgp-key-expired': {
    de: 'Bitte einen verlängerten oder neuen Schlüssel besorgen und den Fingerabdruck vergleichen.',
    en: 'Please get a renewed or new key and compare its fingerprint.',
  },
  'send-no-way': {
    de: 'Bitte unseren Mailserver eintragen oder beim Partner den direkten Weg.',
    en: "Please enter our mail server, or the partner's direct way.",
  },
  'disk-full': {
    de: 'Bitte Platz schaffen: Aufbewahrung verkürzen, liegen gebliebene Studien erledigen oder einen größeren Datenträger einbauen.',
    en: 'Please make room: shorten retention, finish studies that were left, or fit a larger disk.',
  },
  'clock-untrusted': {
    de: 'Bitte Datum und Uhrzeit stellen und einen Zeitserver eintragen.',
    en: 'Please set date and time and enter a time server.',
  },
  'timed-out': {
    de: 'Bitte noch einmal versuchen; bleibt es dabei, die Netzverbindung prüfen.',
    en: 'Please try again; if it stays like this, check the network.',
  },
};

/** What to do about a code; undefined where there is nothing more to say than the error itself does. */
export function adviceText(code: string | null | undefined, language: Language): string | undefined {
  if (!code || !Object.hasOwn(advice, code)) return undefined;
  return advice[code as ErrorCode]?.[language];
}
