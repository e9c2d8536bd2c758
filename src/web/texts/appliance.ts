import type { Texts } from '../../core/texts.ts';

export const applianceTexts = {
  'appliance.title': { de: 'Netz und Gerät', en: 'Network and device' },
  'appliance.lead': {
    de: 'Wie diese Box im Netz steht, woher sie die Zeit hat und wie ihre Daten geschützt sind.',
    en: 'How this box stands in the network, where it gets the time, and how its data are protected.',
  },
  'appliance.away': {
    de: 'Das System der Box antwortet gerade nicht; deshalb fehlt hier einiges.',
    en: 'The system of the box does not answer just now; so some of this is missing.',
  },
  'appliance.device': { de: 'Gerät', en: 'Device' },
  'appliance.name': { de: 'Name', en: 'Name' },
  'appliance.name-hint': {
    de: 'steht auf dem Bildschirm der Box; https://{name}.local führt zu dieser Seite',
    en: 'is on the screen of the box; https://{name}.local leads to this page',
  },
  'appliance.hardware': { de: 'Hardware', en: 'Hardware' },
  'appliance.firmware': { de: 'Firmware', en: 'Firmware' },
  'appliance.dev': {
    de: 'Entwicklungsstand: Nimmt Updates an, die mit Entwicklungsschlüsseln unterschrieben sind. Nicht für den Betrieb.',
    en: 'Development image: it takes updates signed by development keys. Not for use in a clinic.',
  },
  'appliance.ports': { de: 'Von außen erreichbar', en: 'Open to the network' },
  'appliance.ports-hint': {
    de: 'Alle anderen Ports sind geschlossen. Das folgt den Einstellungen von selbst.',
    en: 'All other ports are shut. This follows the settings by itself.',
  },

  'appliance.network': { de: 'Adresse', en: 'Address' },
  'appliance.link': { de: 'Anschluss {name}', en: 'Interface {name}' },
  'appliance.link-down': { de: 'kein Kabel', en: 'no cable' },
  'appliance.gateway': { de: 'Gateway', en: 'Gateway' },
  'appliance.dns': { de: 'Nameserver (DNS)', en: 'Name servers (DNS)' },
  'appliance.none': { de: 'keine', en: 'none' },
  'appliance.mode': { de: 'Woher die Adresse kommt', en: 'Where the address comes from' },
  'appliance.mode-dhcp': { de: 'Das Netz vergibt sie (DHCP)', en: 'The network gives it (DHCP)' },
  'appliance.mode-static': { de: 'Fest eingetragen', en: 'Entered here, fixed' },
  'appliance.address': { de: 'Adresse mit Netzmaske', en: 'Address with mask' },
  'appliance.address-hint': {
    de: 'etwa 192.0.2.10/24, gleichbedeutend mit 192.0.2.10/255.255.255.0',
    en: 'such as 192.0.2.10/24, which is the same as 192.0.2.10/255.255.255.0',
  },
  'appliance.gateway-hint': {
    de: 'leer: Die Box erreicht nur ihr eigenes Netz',
    en: 'empty: the box reaches its own network only',
  },
  'appliance.dns-hint': {
    de: 'durch Leerzeichen getrennt; ohne sie findet die Box keinen Mailserver beim Namen',
    en: 'with spaces between; without them the box finds no mail server by its name',
  },
  'appliance.search': { de: 'Suchdomäne', en: 'Search domain' },
  'appliance.search-hint': {
    de: 'wird an kurze Namen angehängt, etwa klinik.example; kann leer bleiben',
    en: 'is added to short names, such as clinic.example; may stay empty',
  },
  'appliance.apply': { de: 'Anwenden', en: 'Apply' },
  'appliance.apply-hint': {
    de: 'Gilt zunächst auf Probe: Wird die Box nicht binnen zwei Minuten unter der neuen Adresse erreicht, gelten von selbst wieder die bisherigen Einstellungen.',
    en: 'It is on trial at first: if the box is not reached at its new address within two minutes, the settings from before are in use again by themselves.',
  },
  'appliance.trial': { de: 'Neue Einstellungen auf Probe', en: 'New settings on trial' },
  'appliance.trial-applying': { de: 'Die Box stellt um …', en: 'The box is changing over …' },
  'appliance.trial-left': {
    de: 'Noch {seconds} {seconds:Sekunde|Sekunden}, dann gelten wieder die bisherigen Einstellungen.',
    en: '{seconds} {seconds:second|seconds} left, then the settings from before are in use again.',
  },
  'appliance.trial-link': {
    de: 'Öffnen Sie die Box unter ihrer neuen Adresse; damit sind die neuen Einstellungen bestätigt:',
    en: 'Open the box at its new address; that confirms the new settings:',
  },
  'appliance.trial-warning': {
    de: 'Der Browser warnt dort vor dem Zertifikat, wie beim ersten Mal.',
    en: 'The browser warns of the certificate there, as it did the first time.',
  },
  'appliance.trial-here': {
    de: 'Bleibt die Box auch hier erreichbar, bestätigt sich das nach einigen Sekunden von selbst.',
    en: 'If the box can still be reached here, this confirms itself after some seconds.',
  },
  'appliance.keep': { de: 'Jetzt behalten', en: 'Keep now' },
  'appliance.kept': { de: 'Die neuen Netzeinstellungen gelten.', en: 'The new network settings are kept.' },
  'appliance.trial-over': {
    de: 'Die Zeit ist um. Wenn die Box unter der neuen Adresse nicht erreicht wurde, gelten die bisherigen Einstellungen wieder.',
    en: 'Time is up. If the box was not reached at its new address, the settings from before are in use again.',
  },
  'appliance.not-kept': {
    de: 'Die neuen Netzeinstellungen ließen sich nicht bestätigen: {reason}',
    en: 'The new network settings could not be confirmed: {reason}',
  },
  'appliance.failed': { de: 'Die letzte Änderung ging nicht', en: 'The last change did not work' },

  'appliance.hostname': { de: 'Rechnername', en: 'Host name' },
  'appliance.hostname-hint': {
    de: 'So meldet sich die Box im Netz, auch beim DHCP-Server. Ohne Domäne.',
    en: 'So the box calls itself in the network, also to the DHCP server. Without a domain.',
  },
  'appliance.save': { de: 'Speichern', en: 'Save' },
  'appliance.saved': { de: 'Gespeichert.', en: 'Saved.' },

  'appliance.time': { de: 'Zeit', en: 'Time' },
  'appliance.clock': { de: 'Uhr', en: 'Clock' },
  'appliance.clock-trusted': { de: 'von einem Zeitserver gestellt', en: 'set by a time server' },
  'appliance.clock-doubtful': {
    de: 'noch von keinem Zeitserver gestellt',
    en: 'not yet set by a time server',
  },
  'appliance.time-server': { de: 'Zeitserver in Gebrauch', en: 'Time server in use' },
  'appliance.time-servers': { de: 'Zeitserver', en: 'Time servers' },
  'appliance.time-servers-hint': {
    de: 'durch Leerzeichen getrennt; leer: die vom DHCP-Server genannten, sonst die üblichen',
    en: 'with spaces between; empty: those that the DHCP server names, else the usual ones',
  },

  'appliance.storage': { de: 'Schutz der Daten', en: 'Protection of the data' },
  'appliance.storage-tpm2': {
    de: 'Der Datenspeicher ist verschlüsselt, und der Schlüssel ist an den Sicherheitschip (TPM) dieser Box und an ihre geprüfte Firmware gebunden. Ein ausgebauter Datenträger lässt sich anderswo nicht lesen.',
    en: 'The data storage is encrypted, and its key is bound to the security chip (TPM) of this box and to its verified firmware. A disk that was taken out cannot be read elsewhere.',
  },
  'appliance.storage-key-file': {
    de: 'Diese Box hat keinen Sicherheitschip (TPM). Der Datenspeicher ist verschlüsselt, aber sein Schlüssel liegt auf demselben Gerät. Das schützt nur, wenn die Box auf den Werkszustand zurückgesetzt wurde, etwa vor dem Entsorgen; nicht aber, wenn jemand das Gerät oder seinen Datenträger mitnimmt. Stellen Sie die Box dort auf, wo nur Befugte hinkommen.',
    en: 'This box has no security chip (TPM). The data storage is encrypted, but its key lies on the same machine. That protects only once the box has been reset to its factory state, such as before it is disposed of; it does not protect when somebody takes the machine or its disk. Put the box where only those who may can get at it.',
  },
  'appliance.storage-none': {
    de: 'Der Datenspeicher ist nicht verschlüsselt. Wer den Datenträger mitnimmt, kann alles lesen.',
    en: 'The data storage is not encrypted. Whoever takes the disk along can read everything.',
  },
  'appliance.recovery': { de: 'Wiederherstellungsschlüssel', en: 'Recovery key' },
  'appliance.recovery-waits': {
    de: 'Der Wiederherstellungsschlüssel liegt noch auf der Box. Notieren Sie ihn, verwahren Sie ihn außerhalb der Box, und löschen Sie ihn dann hier. Ohne ihn sind die Daten verloren, wenn der Sicherheitschip oder die Hauptplatine ersetzt wird.',
    en: 'The recovery key still lies on the box. Note it down, keep it away from the box, and then delete it here. Without it the data are lost when the security chip or the main board is replaced.',
  },
  'appliance.recovery-gone': {
    de: 'Der Wiederherstellungsschlüssel wurde notiert und von der Box gelöscht.',
    en: 'The recovery key was noted down and deleted from the box.',
  },
  'appliance.recovery-show': { de: 'Schlüssel anzeigen', en: 'Show the key' },
  'appliance.recovery-key': { de: 'Ihr Wiederherstellungsschlüssel', en: 'Your recovery key' },
  'appliance.recovery-forget': { de: 'Notiert: von der Box löschen', en: 'Noted: delete it from the box' },
  'appliance.recovery-forget-words': {
    de: 'Danach zeigt ihn niemand mehr. Haben Sie ihn so verwahrt, dass Sie ihn in Jahren noch finden?',
    en: 'Afterwards nobody can show it any more. Have you kept it so that you will find it in years?',
  },
  'appliance.password': { de: 'Ihr Passwort', en: 'Your password' },

  'appliance.power': { de: 'Neustart und Ausschalten', en: 'Restart and switching off' },
  'appliance.power-lead': {
    de: 'Für das ganze Gerät. Was unterwegs ist, geht danach von selbst weiter.',
    en: 'Of the whole machine. What is under way goes on by itself afterwards.',
  },
  'appliance.reboot': { de: 'Gerät neu starten', en: 'Restart the machine' },
  'appliance.off': { de: 'Gerät ausschalten', en: 'Switch the machine off' },
  'appliance.off-words': {
    de: 'Einschalten lässt es sich danach nur am Gerät selbst. Bis dahin nimmt die Box nichts an.',
    en: 'Afterwards it can only be switched on at the machine itself. Until then the box takes nothing.',
  },
  'appliance.off-done': {
    de: 'Das Gerät schaltet sich aus.',
    en: 'The machine is switching itself off.',
  },

  'appliance.reset': { de: 'Auf Werkszustand zurücksetzen', en: 'Factory reset' },
  'appliance.reset-lead': {
    de: 'Vernichtet alle Schlüssel und Daten dieser Box: Einstellungen, Konten, Protokolle, auch Studien, die noch nicht gesendet oder ausgeliefert sind. Danach ist sie wie neu. Das lässt sich nicht zurücknehmen.',
    en: 'Destroys all keys and data of this box: settings, accounts, records, also studies that are not sent or delivered yet. Afterwards it is as new. This cannot be undone.',
  },
  'appliance.reset-name': { de: 'Name der Box, zur Bestätigung: {name}', en: 'Name of the box, to confirm: {name}' },
  'appliance.reset-now': { de: 'Alles vernichten und zurücksetzen', en: 'Destroy everything and reset' },
  'appliance.reset-done': {
    de: 'Die Box vernichtet ihre Daten und startet neu, das dauert einige Minuten. Danach zeigt ihr Bildschirm einen neuen Kopplungscode.',
    en: 'The box destroys its data and starts anew, which takes some minutes. Then its screen shows a new pairing code.',
  },

  'appliance.moved': { de: 'Andere Hardware', en: 'Other hardware' },
  'appliance.moved-lead': {
    de: 'Der Datenspeicher dieser Box wurde auf anderer Hardware angelegt. Bis Sie entscheiden, sendet und holt sie nichts: Zwei Boxen mit derselben Identität nähmen sich gegenseitig die Mails weg.',
    en: 'The data storage of this box was made on other hardware. Until you decide, it sends and collects nothing: two boxes with one identity would take the mails from each other.',
  },
  'appliance.moved-same': {
    de: 'Umgezogen: Das ist dieselbe Box in neuer Hardware, und die alte arbeitet nicht mehr.',
    en: 'Moved: this is the same box in new hardware, and the old one does not work any more.',
  },
  'appliance.moved-copy': {
    de: 'Kopie: Die andere Box arbeitet weiter. Setzen Sie diese hier auf den Werkszustand zurück; die Karte dafür steht weiter unten.',
    en: 'Copy: the other box goes on working. Reset this one to its factory state; the card for that is further down.',
  },
  'appliance.adopt': { de: 'Es ist dieselbe Box: weiterarbeiten', en: 'It is the same box: go on' },
  'appliance.adopt-words': {
    de: 'Die Daten gehören danach zu dieser Hardware, und die Box arbeitet weiter. Stellen Sie sicher, dass die andere ausgeschaltet ist und bleibt.',
    en: 'The data will belong to this hardware, and the box goes on. Make sure that the other one is switched off and stays so.',
  },
  'appliance.decide': { de: 'Entscheiden', en: 'Decide' },

  'appliance.locked': { de: 'Datenspeicher verschlossen', en: 'Data storage locked' },
  'appliance.locked-why': {
    de: 'Der Sicherheitschip dieser Box gibt den Schlüssel nicht heraus. Das geschieht, wenn die Hauptplatine oder Einstellungen ihrer Firmware (Secure Boot) geändert wurden, oder wenn der Datenträger in einem anderen Gerät steckt. Die Daten sind unverändert.',
    en: 'The security chip of this box does not release the key. That happens when the main board or settings of its firmware (Secure Boot) were changed, or when the disk is in another machine. The data are as they were.',
  },
  'appliance.unlock-key': { de: 'Wiederherstellungsschlüssel', en: 'Recovery key' },
  'appliance.unlock-hint': {
    de: 'Er wurde bei der Einrichtung notiert: acht Gruppen aus acht Buchstaben.',
    en: 'It was noted down at the beginning: eight groups of eight letters.',
  },
  'appliance.unlock': { de: 'Öffnen', en: 'Unlock' },
  'appliance.unlocked': {
    de: 'Der Schlüssel passt. Die Box startet neu und arbeitet dann weiter.',
    en: 'The key fits. The box starts anew and then goes on.',
  },
  'appliance.without-key': { de: 'Ohne den Schlüssel', en: 'Without the key' },
  'appliance.damaged': { de: 'Datenspeicher beschädigt', en: 'Data storage damaged' },
  'appliance.damaged-why': {
    de: 'Der Datenspeicher lässt sich nicht öffnen. Die Box hat daran nichts verändert und nimmt nichts an, damit nichts verloren geht. Starten Sie sie einmal neu, am Schalter; bleibt es dabei, ist vermutlich der Datenträger defekt.',
    en: 'The data storage cannot be opened. The box has not changed anything on it, and takes nothing so that nothing is lost. Start it anew once, at its switch; if it stays like this, the disk is probably broken.',
  },
  'appliance.missing': { de: 'Datenspeicher fehlt', en: 'Data storage missing' },
  'appliance.missing-why': {
    de: 'Auf dem Datenträger ist kein Datenspeicher dieser Box. Die Box hat nichts verändert und nimmt nichts an, damit nichts verloren geht.',
    en: 'There is no data storage of this box on the disk. The box has not changed anything, and takes nothing so that nothing is lost.',
  },
  'appliance.reset-by-stick': {
    de: 'Von dieser Seite aus lässt sich die Box so nicht zurücksetzen, denn ohne ihre Daten kennt sie keine Konten. Am Gerät geht es: mit einem USB-Stick namens ROHRPOST, auf dem eine Datei „factory-reset“ mit dem Namen dieser Box ({name}) liegt. Dabei wird alles vernichtet.',
    en: 'The box cannot be reset from this page now, for without its data it knows no accounts. It can be done at the machine: with a USB stick called ROHRPOST that holds a file "factory-reset" with the name of this box ({name}). That destroys everything.',
  },
  'appliance.ask-support': {
    de: 'Sollen die Daten gerettet werden, ändern Sie nichts am Gerät und fragen Sie zuerst Ihren Support. Eine Sicherung lässt sich nach dem Zurücksetzen zurückspielen.',
    en: 'If the data are to be saved, change nothing on the machine and ask your support first. A backup can be restored after the reset.',
  },
} as const satisfies Texts;
