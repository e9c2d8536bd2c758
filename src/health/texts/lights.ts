import type { Texts } from '../../core/texts.ts';

/** What the lights of the overview are called and what they say. */
export const lightTexts = {
  'light.box': { de: 'Box', en: 'Box' },
  'light.box-fine': { de: 'arbeitet', en: 'is working' },
  'light.box-new': { de: 'noch nicht eingerichtet', en: 'not set up yet' },
  'light.settings': { de: 'Einstellungen', en: 'Settings' },
  'light.disk': { de: 'Speicherplatz', en: 'Disk' },
  'light.disk-failed': {
    de: 'Der Datenträger hat vor {time} beim Schreiben versagt, und was ankam, wurde abgelehnt. Ihn prüfen oder tauschen',
    en: 'The disk failed {time} ago while it was written, and what arrived was refused. Check it, or put in another one',
  },
  'light.twin': { de: 'Zweite Box', en: 'Second box' },
  'light.unclaimed': { de: 'Dateien ohne Zuordnung', en: 'Files of nobody' },
  'light.memory': { de: 'Arbeitsspeicher', en: 'Memory' },
  'light.temperature': { de: 'Temperatur', en: 'Temperature' },

  'light.clock': { de: 'Uhr', en: 'Clock' },
  'light.clock-wrong': {
    de: 'Diese Uhr kann nicht stimmen; bis sie gestellt ist, wird nichts versiegelt, geprüft oder aufgeräumt.',
    en: 'this clock cannot be right; nothing is sealed, verified or cleared away until it is set',
  },
  'light.clock-waits': {
    de: 'Diese Box hat keine Uhr, die ohne Strom weiterläuft, und noch kein Zeitserver hat geantwortet. Bis dahin wird nichts versiegelt, geprüft oder aufgeräumt. Erreichbar sein muss ein Zeitserver (NTP), etwa der des Hauses.',
    en: 'this box has no clock that runs on without power, and no time server has answered yet; until then nothing is sealed, verified or cleared away. A time server (NTP) must be reachable, such as the one of the house',
  },
  'light.clock-synchronised': { de: 'von {service} gestellt', en: 'kept by {service}' },
  'light.clock-offset': {
    de: 'von {service} gestellt, Abweichung {offset} ms',
    en: 'kept by {service}, {offset} ms off',
  },
  'light.clock-drifting': {
    de: '{service} läuft, hat die Uhr aber nicht gestellt: Der Zeitserver antwortet nicht.',
    en: '{service} is running but has not set the clock: the time server does not answer.',
  },
  'light.clock-unknown': {
    de: 'plausibel; ob ein Zeitdienst sie stellt, ist nicht bekannt',
    en: 'plausible; whether a time service keeps it is not known',
  },

  'light.storage': { de: 'Datenspeicher', en: 'Data storage' },
  'light.storage-tpm': {
    de: 'verschlüsselt; nur diese Hardware kann ihn öffnen',
    en: 'encrypted; only this hardware can open it',
  },
  'light.storage-key-file': {
    de: 'verschlüsselt, doch der Schlüssel liegt auf demselben Gerät: Wer es mitnimmt, kann die Daten lesen.',
    en: 'encrypted, but the key lies on the same machine: whoever takes it along can read the data',
  },
  'light.storage-none': {
    de: 'nicht verschlüsselt: Wer den Datenträger mitnimmt, kann die Daten lesen.',
    en: 'not encrypted: whoever takes the disk along can read the data',
  },
  'light.firmware': { de: 'Firmware', en: 'Firmware' },
  'light.firmware-runs': { de: 'Version {version}', en: 'version {version}' },
  'light.firmware-trial': {
    de: 'Version {version} ist neu und beweist sich gerade',
    en: 'version {version} is new and is proving itself',
  },
  'light.firmware-waits': {
    de: 'Version {version}; {next} ist installiert und wartet auf den Neustart',
    en: 'version {version}; {next} is installed and waits for the restart',
  },
  'light.firmware-fell-back': {
    de: 'Version {version} hat sich nicht bewährt; die Box ist von selbst zur vorherigen zurückgekehrt. {reason}',
    en: 'version {version} did not work; the box went back to the one before by itself. {reason}',
  },

  'light.door': { de: 'Eingang {name}', en: 'Listener {name}' },
  'light.mailbox': { de: 'Postfach', en: 'Mailbox' },
  'light.mailbox-none': {
    de: 'kein Weg zu uns eingerichtet (Postfach oder eigener Mailempfang): Nichts kommt an, auch keine Quittung.',
    en: 'no way to us is set up (mailbox or own listener): nothing can come in, nor can receipts',
  },
  'light.mailbox-looked': { de: 'verbunden, vor {time} durchgesehen', en: 'connected, looked through {time} ago' },
  'light.mailbox-connecting': { de: 'wird verbunden', en: 'connecting' },
  'light.mailbox-late': { de: 'seit {time} nicht mehr durchgesehen', en: 'not looked through for {time}' },

  'light.outgoing': { de: 'Mailserver', en: 'Mail server' },
  'light.outgoing-none': {
    de: 'kein Mailserver eingerichtet und nicht jeder Partner direkt erreichbar: {partners}',
    en: 'there is no mail server, and not every partner has a direct way: {partners}',
  },
  'light.outgoing-sent': { de: 'hat vor {time} zuletzt eine Mail angenommen', en: 'last took a mail {time} ago' },
  'light.outgoing-idle': { de: 'Es steht nichts aus.', en: 'Nothing is waiting.' },
  'light.waiting': {
    de: '{count} {count:Mail wartet|Mails warten}: {reason}',
    en: '{count} {count:mail waits|mails wait}: {reason}',
  },
  'light.way': { de: 'Direkter Weg zu {name}', en: 'Direct way to {name}' },

  'light.target': { de: 'Ziel {name}', en: 'Target {name}' },
  'light.target-answers': { de: 'hat vor {time} geantwortet', en: 'answered {time} ago' },
  'light.target-idle': { de: 'Es steht nichts aus.', en: 'Nothing is waiting.' },
  'light.target-waiting': {
    de: '{count} {count:Objekt wartet|Objekte warten}: {reason}',
    en: '{count} {count:object waits|objects wait}: {reason}',
  },
  'light.targets': { de: 'Ziele', en: 'Targets' },
  'light.targets-none': {
    de: 'kein Ziel eingerichtet: Was ankommt, bleibt angehalten.',
    en: 'there is no target: what comes in is held',
  },

  'light.attention': { de: 'Offene Entscheidungen', en: 'Open decisions' },
  'light.twin-sends': {
    de: 'Der Partner {partner} bestätigt eine Mail, von der diese Box nichts weiß. Arbeitet irgendwo eine Kopie von ihr, unter derselben Adresse und mit demselben Schlüssel? Eine von beiden muss aus',
    en: 'Partner {partner} confirms a mail of which this box knows nothing. Is a copy of it at work somewhere, under the same address and with the same key? One of them must be switched off',
  },
  'light.twin-takes': {
    de: 'Jemand nimmt Mails aus dem Postfach, bevor die Box sie holt: ein Mensch, ein anderes Programm oder eine zweite Box',
    en: 'Somebody takes mails out of the mailbox before the box has them: a person, another program, or a second box',
  },
  'light.unclaimed-files': {
    de: '{count} {count:Datei|Dateien} aus dem Speicher {count:konnte|konnten} keiner Studie zugeordnet werden und {count:wird|werden} aufgehoben',
    en: '{count} {count:file|files} of the spool could not be told to belong to a study and {count:is|are} kept',
  },
  'light.attention-none': { de: 'keine', en: 'none' },
  'light.attention-rows': {
    de: '{count} {count:Eintrag wartet|Einträge warten} auf einen Menschen',
    en: '{count} {count:entry waits|entries wait} for a person',
  },

  'light.own-key': { de: 'Eigener Schlüssel', en: 'Our own key' },
  'light.partner-key': { de: 'Schlüssel von {name}', en: 'Key of {name}' },
  'light.partner-keys': { de: 'Schlüssel der Partner', en: "Partners' keys" },
  'light.web-certificate': { de: 'Zertifikat dieser Seite', en: 'Certificate of this page' },
  'light.certificate': { de: 'Zertifikat ({use})', en: 'Certificate ({use})' },
  'light.certificates': { de: 'Zertifikate', en: 'Certificates' },
  'light.valid': { de: 'gültig', en: 'valid' },
  'light.lasts': { de: 'gültig bis {date}', en: 'valid until {date}' },
  'light.ends': {
    de: 'läuft in {days} {days:Tag|Tagen} ab ({date})',
    en: 'ends in {days} {days:day|days} ({date})',
  },
  'light.ended': { de: 'ist am {date} abgelaufen', en: 'ended on {date}' },
} as const satisfies Texts;
