import type { CodeTable } from '../errors.ts';

const operator = { retry: 'operator', blame: 'operator' } as const;
const line = { retry: 'later', blame: 'network' } as const;
const publisher = { retry: 'later', blame: 'operator' } as const;

/** Updates: what the channel says, what becomes of an update, and telling the operator of it. `{host}` is the channel's server. */
export const updateCodes = {
  'update-no-channel': {
    ...operator,
    de: 'Es ist keine Adresse eingestellt, an der diese Box nach Updates sehen soll.',
    en: 'No address is set at which this box should look for updates.',
  },
  'update-no-trust': {
    ...operator,
    blame: 'us',
    de: 'Auf dieser Box ist nicht hinterlegt, wer ihre Updates unterschreiben darf: {reason}',
    en: 'This box has not been told who may sign its updates: {reason}',
  },

  // The way to the server.
  'update-server-away': {
    ...line,
    de: 'Der Update-Server {host} ist nicht zu erreichen: {reason}',
    en: 'The update server {host} cannot be reached: {reason}',
  },
  'update-server-slow': {
    ...line,
    de: 'Der Update-Server {host} antwortet nicht rechtzeitig.',
    en: 'The update server {host} does not answer in time.',
  },
  'update-server-untrusted': {
    ...operator,
    retry: 'later',
    de: 'Der Update-Server {host} weist sich nicht mit einem Zertifikat aus, dem diese Box vertraut: {reason}',
    en: 'The update server {host} does not show a certificate that this box trusts: {reason}',
  },
  'update-server-answer': {
    ...publisher,
    de: 'Der Update-Server {host} antwortet mit {status}.',
    en: 'The update server {host} answers {status}.',
  },
  'update-server-redirect': {
    ...publisher,
    de: 'Der Update-Server {host} verweist woandershin; dem folgt diese Box nicht.',
    en: 'The update server {host} leads elsewhere; this box does not follow.',
  },
  'update-answer-too-large': {
    ...publisher,
    de: 'Die Antwort des Update-Servers {host} ist größer als erlaubt ({limit_bytes} Bytes).',
    en: 'The answer of the update server {host} is larger than allowed ({limit_bytes} bytes).',
  },
  'update-answer-broken': {
    ...line,
    de: 'Die Antwort des Update-Servers {host} ist unvollständig.',
    en: 'The answer of the update server {host} is incomplete.',
  },

  // What the index says.
  'update-index-unreadable': {
    ...publisher,
    de: 'Das Verzeichnis der Updates ist nicht lesbar: {reason}',
    en: 'The index of updates cannot be read: {reason}',
  },
  'update-index-unsigned': {
    ...publisher,
    de: 'Das Verzeichnis der Updates trägt keine gültige Unterschrift: {reason}',
    en: 'The index of updates bears no valid signature: {reason}',
  },
  'update-signer-untrusted': {
    ...publisher,
    de: 'Wer das Verzeichnis der Updates unterschrieben hat, darf das für diese Box nicht: {reason}',
    en: 'Who signed the index of updates may not do so for this box: {reason}',
  },
  'update-index-expired': {
    ...publisher,
    de: 'Das Verzeichnis der Updates galt nur bis {expires}; es ist veraltet oder wurde wieder eingespielt.',
    en: 'The index of updates was valid until {expires}; it is outdated or was replayed.',
  },
  'update-index-replayed': {
    ...publisher,
    de: 'Das Verzeichnis der Updates (Nr. {sequence}) ist älter als eines, das diese Box schon kennt (Nr. {seen}).',
    en: 'The index of updates (no. {sequence}) is older than one this box knows already (no. {seen}).',
  },
  'update-clock': {
    ...operator,
    retry: 'later',
    de: 'Die Uhr der Box geht falsch; ob ein Update gültig ist, lässt sich so nicht sagen.',
    en: 'The clock of the box is wrong; whether an update is valid cannot be told.',
  },

  // What becomes of an update.
  'update-size': {
    ...publisher,
    de: 'Das Firmware-Paket auf dem Server hat {found} statt {expected} Bytes.',
    en: 'The firmware bundle on the server has {found} bytes instead of {expected}.',
  },
  'update-other-version': {
    ...publisher,
    de: 'Das Firmware-Paket enthält die Version {found}, angekündigt war {expected}.',
    en: 'The firmware bundle holds version {found}; {expected} was announced.',
  },
  'update-never-started': {
    retry: 'operator',
    blame: 'us',
    de: 'Die neue Firmware ist nicht hochgekommen; die Box ist von selbst zur vorherigen zurückgekehrt.',
    en: 'The new firmware did not come up; the box went back to the one before by itself.',
  },
  'update-unfit': {
    retry: 'operator',
    blame: 'us',
    de: 'Die neue Firmware hat ihre Selbstprüfung nicht bestanden; die Box ist von selbst zur vorherigen zurückgekehrt.',
    en: 'The new firmware did not pass its self-test; the box went back to the one before by itself.',
  },
  'update-interrupted': {
    retry: 'operator',
    blame: 'us',
    de: 'Die Installation wurde mehrmals durch einen Neustart abgebrochen.',
    en: 'The installation was broken off by a restart several times.',
  },
  'update-busy': {
    retry: 'later',
    blame: 'operator',
    de: 'Es wird gerade schon ein Update geladen oder installiert.',
    en: 'An update is being fetched or installed already.',
  },
  'update-on-trial': {
    retry: 'later',
    blame: 'operator',
    de: 'Die Firmware, die läuft, muss sich erst bewähren. Bitte in einigen Minuten noch einmal versuchen.',
    en: 'The firmware that runs has to prove itself first. Please try again in a few minutes.',
  },
  'update-nothing-offered': {
    ...operator,
    de: 'Für diese Box gibt es zurzeit kein Update.',
    en: 'There is no update for this box at the moment.',
  },
  'update-nothing-installed': {
    ...operator,
    de: 'Es ist kein Update installiert, das auf einen Neustart wartet.',
    en: 'No update is installed that waits for a restart.',
  },
  'update-not-failed': {
    ...operator,
    de: 'Diese Version ist hier nicht gescheitert.',
    en: 'This version did not fail here.',
  },
  'update-too-large': {
    ...operator,
    de: 'Das ist für ein Firmware-Paket zu groß (höchstens {limit_bytes} Bytes).',
    en: 'This is too large for a firmware bundle (at most {limit_bytes} bytes).',
  },
  'update-upload-broken': {
    ...line,
    de: 'Das Hochladen ist abgebrochen; bitte noch einmal beginnen.',
    en: 'The upload broke off; please begin again.',
  },

  // Telling the operator.
  'update-no-operator': {
    ...operator,
    de: 'Es ist niemand eingestellt, dem diese Box berichten soll.',
    en: 'Nobody is set whom this box should report to.',
  },
  'update-report-refused': {
    ...operator,
    retry: 'later',
    de: 'Der Bericht an den Betreiber wurde nicht angenommen ({host} antwortet mit {status}).',
    en: 'The report to the operator was not taken ({host} answers {status}).',
  },
  'update-report-no-mail': {
    ...operator,
    retry: 'later',
    de: 'Der Bericht an den Betreiber kann nicht als Mail gehen: Die Box arbeitet nicht, oder es ist kein Mailserver eingestellt.',
    en: 'The report to the operator cannot go by mail: the box does not work, or no mail server is set.',
  },
} as const satisfies CodeTable;
