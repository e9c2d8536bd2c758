import type { Texts } from '../../core/texts.ts';

/** Claiming a box and setting it up. */
export const setupTexts = {
  'claim.title': { de: 'Diese Box in Besitz nehmen', en: 'Claim this box' },
  'claim.lead': {
    de: 'Sie gehört noch niemandem. Der Kopplungscode steht auf dem Bildschirm der Box und in der Ausgabe von „rohrpost status“.',
    en: 'Nobody owns it yet. The pairing code is on the screen of the box and in the output of "rohrpost status".',
  },
  'claim.code': { de: 'Kopplungscode', en: 'Pairing code' },
  'claim.code-hint': { de: 'Acht Zeichen, zum Beispiel 7KQ2-M9XD.', en: 'Eight characters, such as 7KQ2-M9XD.' },
  'claim.language': { de: 'Sprache', en: 'Language' },
  'claim.name': { de: 'Benutzername des ersten Administrators', en: 'User name of the first administrator' },
  'claim.password': { de: 'Passwort', en: 'Password' },
  'claim.password-hint': {
    de: 'Mindestens zwölf Zeichen; ein ganzer Satz ist gut und leicht zu merken. Ein voreingestelltes Passwort gibt es nicht.',
    en: 'At least twelve characters; a whole sentence is good and easy to remember. There is no default password.',
  },
  'claim.again': { de: 'Passwort noch einmal', en: 'Password once more' },
  'claim.differs': { de: 'Die beiden Eingaben sind verschieden.', en: 'The two entries differ.' },
  'claim.then': { de: 'Danach', en: 'Then' },
  'claim.then-setup': { de: 'Diese Box neu einrichten', en: 'Set this box up as a new one' },
  'claim.then-restore': {
    de: 'Die Sicherung einer anderen Box einspielen',
    en: 'Restore the backup of another box',
  },
  'claim.do': { de: 'In Besitz nehmen', en: 'Claim' },

  'setup.title': { de: 'Einrichtung', en: 'Set-up' },
  'setup.lead': {
    de: 'Schritt {number} von {of}. Sie können jederzeit aufhören und später weitermachen.',
    en: 'Step {number} of {of}. You can stop at any time and go on later.',
  },
  'setup.stick-unusable': {
    de: 'Die Einstellungen vom USB-Stick konnten nicht übernommen werden:',
    en: 'The settings from the USB stick could not be taken:',
  },
  'setup.steps': { de: 'Schritte', en: 'Steps' },
  'setup.state-open': { de: 'offen', en: 'open' },
  'setup.state-done': { de: 'erledigt', en: 'done' },
  'setup.state-skipped': { de: 'übersprungen', en: 'skipped' },
  'setup.next': { de: 'Weiter', en: 'Next' },
  'setup.skip': { de: 'Überspringen', en: 'Skip' },
  'setup.test': { de: 'Testen', en: 'Test' },
  'setup.save-next': { de: 'Speichern und weiter', en: 'Save and go on' },
  'setup.save-untested': { de: 'Ohne bestandenen Test speichern', en: 'Save without a passed test' },
  'setup.tests': { de: 'Ergebnisse der Tests', en: 'Results of the tests' },
  'setup.running': { de: 'läuft …', en: 'running …' },
  'setup.waiting': { de: 'wartet', en: 'waiting' },
  'setup.took': { de: '({time})', en: '({time})' },
  'setup.further': { de: 'Weitere Angaben', en: 'More settings' },

  'setup.step-site': { de: 'Diese Klinik', en: 'This site' },
  'setup.step-network': { de: 'Netz und Uhrzeit', en: 'Network and time' },
  'setup.step-key': { de: 'Eigener Schlüssel', en: 'Our own key' },
  'setup.step-mail': { de: 'Mailkonto', en: 'Mail account' },
  'setup.step-pacs': { de: 'PACS als Ziel', en: 'PACS as target' },
  'setup.step-partner': { de: 'Erster Partner', en: 'First partner' },
  'setup.step-trial': { de: 'Probesendung', en: 'Test set' },
  'setup.step-end': { de: 'Zusammenfassung', en: 'Summary' },

  'setup.site-name': { de: 'Name der Klinik oder Praxis', en: 'Name of the clinic or practice' },
  'setup.site-name-hint': {
    de: 'So sehen Partner Sie; er steht auch im Schlüssel der Box.',
    en: 'This is how partners see you; it is in the key of the box too.',
  },
  'setup.site-address': { de: 'Mailadresse der Box', en: 'Mail address of the box' },
  'setup.site-address-hint': {
    de: 'Am besten ein eigenes Postfach, das sonst niemand liest, zum Beispiel dicom@klinik.example.',
    en: 'Best a mailbox of its own that nobody else reads, such as dicom@klinik.example.',
  },
  'setup.site-ae': { de: 'AE-Titel der Box', en: 'AE title of the box' },
  'setup.site-ae-hint': {
    de: 'Unter diesem Namen kennen Modalitäten und PACS die Box: bis zu 16 Zeichen.',
    en: 'Modalities and the PACS know the box by this name: up to 16 characters.',
  },
  'setup.site-port': { de: 'DICOM-Port der Box', en: 'DICOM port of the box' },
  'setup.site-port-hint': {
    de: 'Hierhin senden die Modalitäten. 11112 und 104 sind üblich.',
    en: 'Modalities send to it. 11112 and 104 are usual.',
  },
  'setup.site-language': { de: 'Sprache der Box', en: 'Language of the box' },
  'setup.site-language-hint': { de: 'Für Mails und die Konsole.', en: 'For mails and the console.' },
  'setup.site-restore': {
    de: 'Ersetzt diese Box eine andere? Dann können Sie deren',
    en: 'Does this box replace another? Then you can',
  },
  'setup.site-restore-link': { de: 'Sicherung einspielen', en: 'restore its backup' },
  'setup.site-start': { de: 'Anlegen und starten', en: 'Create and start' },
  'setup.site-trouble': {
    de: 'Die Einstellungen sind angelegt, aber die Box kann noch nicht arbeiten.',
    en: 'The settings have been made, but the box cannot work yet.',
  },

  'setup.network-lead': {
    de: 'So steht die Box im Netz. Geändert wird das am System selbst.',
    en: 'This is how the box stands in the network. It is changed in the system itself.',
  },
  'setup.network-host': { de: 'Rechnername', en: 'Host name' },
  'setup.network-local': { de: 'Name im Netz', en: 'Name in the network' },
  'setup.network-local-hint': {
    de: 'führt zu dieser Seite, welche Adresse das Netz auch vergibt',
    en: 'leads to this page, whatever address the network gives',
  },
  'setup.network-addresses': { de: 'Adressen', en: 'Addresses' },
  'setup.network-gateway': { de: 'Gateway', en: 'Default gateway' },
  'setup.network-dns': { de: 'DNS-Server', en: 'DNS servers' },
  'setup.network-unknown': { de: 'nicht bekannt', en: 'not known' },
  'setup.network-none': { de: 'keine', en: 'none' },
  'setup.network-clock': { de: 'Uhr der Box', en: 'Clock of the box' },
  'setup.network-timezone': { de: 'Zeitzone', en: 'Time zone' },
  'setup.network-time': { de: 'Zeitdienst', en: 'Time service' },
  'setup.network-time-fine': { de: '{name}, Uhr ist gestellt', en: '{name}, the clock is set' },
  'setup.network-time-off': { de: '{name}, Abweichung {offset} ms', en: '{name}, {offset} ms off' },
  'setup.network-time-waits': {
    de: '{name} läuft, hat die Uhr aber noch nicht gestellt',
    en: '{name} is running but has not set the clock yet',
  },
  'setup.network-clock-differs': {
    de: 'Die Uhr der Box und die Ihres Rechners gehen {time} auseinander. Bitte stellen Sie die falsche: Unterschriften und Zertifikate gelten nur zu ihrer Zeit.',
    en: 'The clocks of the box and of your computer are {time} apart. Please set the wrong one: signatures and certificates are valid only at their time.',
  },
  'setup.network-no-dns': {
    de: 'Ohne DNS-Server findet die Box keinen Mailserver.',
    en: 'Without a DNS server the box finds no mail server.',
  },

  'setup.key-lead': {
    de: 'Die Box hat ihren eigenen OpenPGP-Schlüssel gemacht. Partner brauchen den öffentlichen Teil und vergleichen den Fingerabdruck mit Ihnen, am Telefon oder von Bildschirm zu Bildschirm.',
    en: 'The box has made its own OpenPGP key. Partners need the public part and compare the fingerprint with you, by telephone or from screen to screen.',
  },
  'setup.key-file': { de: 'Öffentlichen Schlüssel speichern', en: 'Save the public key' },
  'setup.key-partner-file': {
    de: 'Partnerdatei für andere Boxen speichern',
    en: 'Save the partner file for other boxes',
  },
  'setup.key-warning': {
    de: 'Der geheime Teil verlässt die Box nie, außer in einer verschlüsselten Sicherung. Machen Sie bald eine: Ohne ihn lässt sich nichts mehr öffnen.',
    en: 'The secret part never leaves the box, except in an encrypted backup. Make one soon: without it nothing can be opened any more.',
  },

  'setup.mail-lead': {
    de: 'Zu {address} sucht die Box die Server selbst; das Passwort wird verschlüsselt auf der Box gespeichert.',
    en: 'The box looks for the servers of {address} itself; the password is stored encrypted on the box.',
  },
  'setup.mail-search': { de: 'Server noch einmal suchen', en: 'Look for servers again' },
  'setup.mail-searching': { de: 'Server werden gesucht …', en: 'Looking for servers …' },
  'setup.mail-found': { de: 'Gefundene Server', en: 'Servers found' },
  'setup.mail-found-none': {
    de: 'Zu dieser Adresse gibt es keine Angaben im Netz. Bitte tragen Sie die Server ein; Ihr Anbieter oder Ihre IT kennt sie.',
    en: 'There is nothing about this address in the network. Please enter the servers; your provider or IT knows them.',
  },
  'setup.mail-by-provider': { de: '{name}, bekannter Anbieter', en: '{name}, a known provider' },
  'setup.mail-by-srv': { de: 'laut DNS der Domain (SRV)', en: 'by the DNS of the domain (SRV)' },
  'setup.mail-by-autoconfig': { de: 'laut Autokonfiguration der Domain', en: 'by the autoconfiguration of the domain' },
  'setup.mail-by-provider-mx': { de: '{name}, laut MX der Domain', en: '{name}, by the MX of the domain' },
  'setup.mail-by-mx': { de: 'vermutet nach dem MX der Domain', en: 'guessed from the MX of the domain' },
  'setup.mail-note-switch-on': {
    de: 'Bei diesem Anbieter müssen IMAP und SMTP im Kundenbereich erst eingeschaltet werden.',
    en: 'With this provider IMAP and SMTP must be switched on in the account first.',
  },
  'setup.mail-note-app-password': {
    de: 'Dieser Anbieter verlangt ein App-Passwort: Sie erzeugen es im Konto, es ist nicht Ihr gewöhnliches.',
    en: 'This provider wants an app password: you make it in the account; it is not your usual one.',
  },
  'setup.mail-note-mail-password': {
    de: 'Dieser Anbieter hat für Mailprogramme ein eigenes E-Mail-Passwort; Sie legen es im Kundenbereich fest.',
    en: 'This provider has a password of its own for mail programs; you set it in the account.',
  },
  'setup.mail-note-oauth-only': {
    de: 'Microsoft nimmt von Mailprogrammen keine Passwörter mehr an. Für die Box brauchen Sie ein Postfach bei einem anderen Anbieter.',
    en: 'Microsoft takes no passwords from mail programs any more. The box needs a mailbox with another provider.',
  },
  'setup.mail-note-no-imap': {
    de: 'Dieser Anbieter lässt keine Mailprogramme zu (kein IMAP und SMTP). Für die Box brauchen Sie ein Postfach bei einem anderen.',
    en: 'This provider admits no mail programs (no IMAP and SMTP). The box needs a mailbox with another one.',
  },
  'setup.mail-note-kim': {
    de: 'KIM ist ein geschlossener Dienst der Telematikinfrastruktur und nur über deren Konnektor zu erreichen. Für die Box brauchen Sie ein gewöhnliches Postfach; den Schutz der Daten übernimmt OpenPGP.',
    en: 'KIM is a closed service of the German health network and can only be reached through its connector. The box needs an ordinary mailbox; OpenPGP protects the data.',
  },
  'setup.mail-user': { de: 'Benutzername', en: 'User name' },
  'setup.mail-password': { de: 'Passwort', en: 'Password' },
  'setup.mail-password-kept': {
    de: 'Gespeichert. Zum Ändern neu eingeben.',
    en: 'Stored. Type a new one to change it.',
  },
  'setup.mail-smtp': { de: 'Senden (SMTP)', en: 'Sending (SMTP)' },
  'setup.mail-imap': { de: 'Abholen (IMAP)', en: 'Collecting (IMAP)' },
  'setup.mail-smtp-host': { de: 'Server zum Senden', en: 'Server for sending' },
  'setup.mail-imap-host': { de: 'Server zum Abholen', en: 'Server for collecting' },
  'setup.mail-smtp-port': { de: 'Port zum Senden', en: 'Port for sending' },
  'setup.mail-imap-port': { de: 'Port zum Abholen', en: 'Port for collecting' },
  'setup.mail-smtp-security': { de: 'Verschlüsselung beim Senden', en: 'Encryption for sending' },
  'setup.mail-imap-security': { de: 'Verschlüsselung beim Abholen', en: 'Encryption for collecting' },
  'setup.mail-tls': { de: 'TLS (von Anfang an)', en: 'TLS (from the start)' },
  'setup.mail-starttls': { de: 'STARTTLS (durch Befehl begonnen)', en: 'STARTTLS (begun by command)' },
  'setup.mail-imap-user': { de: 'Benutzername beim Abholen', en: 'User name for collecting' },
  'setup.mail-imap-user-hint': {
    de: 'Leer, wenn er derselbe ist wie beim Senden.',
    en: 'Empty if it is the same as for sending.',
  },
  'setup.mail-ca': { de: 'Zertifikatsdatei der eigenen Stelle', en: "File with your own authority's certificate" },
  'setup.mail-ca-hint': {
    de: 'Nur für Server mit einem Zertifikat der Klinik selbst: voller Pfad einer PEM-Datei auf der Box.',
    en: "Only for servers with a certificate of the clinic's own: full path of a PEM file on the box.",
  },
  'setup.mail-self': { de: 'Mail an uns selbst', en: 'Mail to ourselves' },
  'setup.mail-step-sealing': { de: 'wird versiegelt …', en: 'being sealed …' },
  'setup.mail-step-sending': { de: 'wird gesendet …', en: 'being sent …' },
  'setup.mail-step-waiting': { de: 'wird im Postfach erwartet …', en: 'expected in the mailbox …' },
  'setup.mail-step-opening': { de: 'wird geöffnet und geprüft …', en: 'being opened and verified …' },
  'setup.mail-skip-hint': {
    de: 'Ohne Mailkonto erreicht die Box nur Partner, zu denen ein direkter Weg führt.',
    en: 'Without a mail account the box reaches only partners with a direct way.',
  },

  'setup.pacs-lead': {
    de: 'Hierhin stellt die Box zu, was von Partnern kommt. Lassen Sie im PACS die Box als Absender eintragen:',
    en: 'This is where the box delivers what comes from partners. Have the box entered as a sender in the PACS:',
  },
  'setup.pacs-own-ae': { de: 'AE-Titel der Box', en: 'AE title of the box' },
  'setup.pacs-own-address': { de: 'Adressen der Box', en: 'Addresses of the box' },
  'setup.pacs-own-port': { de: 'DICOM-Port der Box', en: 'DICOM port of the box' },
  'setup.pacs-host': { de: 'Rechnername oder IP-Adresse des PACS', en: 'Host name or IP address of the PACS' },
  'setup.pacs-port': { de: 'Port des PACS', en: 'Port of the PACS' },
  'setup.pacs-ae': { de: 'AE-Titel des PACS', en: 'AE title of the PACS' },
  'setup.pacs-image': { de: 'Auch ein Testbild senden (C-STORE)', en: 'Send a test image too (C-STORE)' },
  'setup.pacs-image-hint': {
    de: 'Ein kleines Bild des erfundenen Patienten „Rohrpost, Testbild“; es bleibt im PACS, bis Sie es dort löschen.',
    en: 'A small image of the invented patient "Rohrpost, Testbild"; it stays in the PACS until you delete it there.',
  },
  'setup.pacs-echo': { de: 'Verbindung (C-ECHO)', en: 'Connection (C-ECHO)' },
  'setup.pacs-store': { de: 'Testbild (C-STORE)', en: 'Test image (C-STORE)' },
  'setup.pacs-there': { de: 'Eingetragene Ziele', en: 'Targets that are set' },
  'setup.pacs-more': { de: 'Weitere Ziele, Freigaben und Ordner', en: 'Further targets, shares and folders' },
  'setup.pacs-skip-hint': {
    de: 'Ohne Ziel bleibt angehalten, was ankommt. Freigaben und Ordner tragen Sie unter „Ziele“ ein.',
    en: 'Without a target, what comes in is held. Shares and folders are added under "Targets".',
  },

  'setup.partner-lead': {
    de: 'Von Ihrem Partner brauchen Sie die Partnerdatei oder den öffentlichen Schlüssel. Umgekehrt braucht er Ihren.',
    en: 'Of your partner you need the partner file or the public key. In return the partner needs yours.',
  },
  'setup.partner-there': { de: 'Eingetragene Partner', en: 'Partners that are set' },
  'setup.partner-test': { de: 'Schlüssel und Weg prüfen', en: 'Check key and way' },
  'setup.partner-another': { de: 'Weiteren Partner eintragen', en: 'Add another partner' },

  'setup.trial-lead': {
    de: 'Eine kleine Probesendung geht den ganzen Weg: versiegeln, senden, beim Partner öffnen und prüfen, Quittung zurück. Der Partner muss Ihren Schlüssel schon eingetragen haben.',
    en: 'A small test set goes all the way: sealed, sent, opened and verified by the partner, its receipt back. The partner must have added your key already.',
  },
  'setup.trial-partner': { de: 'An wen', en: 'To whom' },
  'setup.trial-send': { de: 'Probesendung abschicken', en: 'Send a test set' },
  'setup.trial-again': { de: 'Noch eine abschicken', en: 'Send another' },
  'setup.trial-under-way': { de: 'Unterwegs seit {time}', en: 'On its way for {time}' },
  'setup.trial-back': { de: 'Die Quittung ist da.', en: 'The receipt is here.' },
  'setup.trial-failed': { de: 'Die Probesendung ist nicht angekommen.', en: 'The test set did not arrive.' },
  'setup.trial-leave': {
    de: 'Sie können diese Seite verlassen; die Sendung läuft weiter.',
    en: 'You can leave this page; the set goes on.',
  },
  'setup.trial-nobody': {
    de: 'Dafür muss zuerst ein Partner eingetragen sein.',
    en: 'This needs a partner to be added first.',
  },

  'setup.end-lead': {
    de: 'Das ist der Stand. Alles lässt sich später auf den Seiten ändern.',
    en: 'This is how things stand. Everything can be changed later on the pages.',
  },
  'setup.end-fine': { de: 'Die Box ist eingerichtet.', en: 'The box is set up.' },
  'setup.end-open': {
    de: 'Einiges ist noch offen. Die Box arbeitet mit dem, was da ist.',
    en: 'Some things are still open. The box works with what is there.',
  },
  'setup.end-backup': {
    de: 'Machen Sie jetzt eine Sicherung: Sie enthält Einstellungen, Passwörter und den eigenen Schlüssel, verschlüsselt mit einer Passphrase.',
    en: 'Make a backup now: it holds settings, passwords and our own key, encrypted with a passphrase.',
  },
  'setup.end-backup-link': { de: 'Zur Sicherung', en: 'To the backup' },
  'setup.end-finish': { de: 'Einrichtung abschließen', en: 'Finish set-up' },
} as const satisfies Texts;
