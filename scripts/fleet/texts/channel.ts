import type { Texts } from '../../../src/core/texts.ts';

/** Bundles and channels. */
export const channelMessages = {
  'bundle-format': {
    de: '{file} ist kein Firmware-Paket, wie Boxen es nehmen: {reason}',
    en: '{file} is no firmware bundle of the kind that boxes take: {reason}',
  },
  'bundle-foreign': {
    de: '{file} ist nicht (mehr) gültig unter Ihrer Wurzel unterschrieben: {reason}',
    en: '{file} is not (any more) validly signed under your root: {reason}',
  },
  'bundle-development': {
    de: '{file} ist mit Entwicklungsschlüsseln unterschrieben. Boxen von Kliniken nehmen es nicht; es gehört in einen Entwicklungskanal.',
    en: '{file} is signed by development keys. Boxes of clinics do not take it; it belongs into a development channel.',
  },
  'bundle-variant': {
    de: '{file} enthält ein Entwicklungs-Image; das gehört nicht in diesen Kanal.',
    en: '{file} holds a development image; that does not belong into this channel.',
  },
  'bundle-damaged': {
    de: '{file} ist beschädigt: Die Bytes sind nicht die, die unterschrieben wurden.',
    en: '{file} is damaged: its bytes are not those that were signed.',
  },
  'bundle-other': {
    de: '{file} ist {product} {version}, angegeben war {expected}.',
    en: '{file} is {product} {version}; {expected} was said.',
  },
  'bundle-no-downgrade': {
    de: 'Das unterschriebene Manifest in {file} erlaubt keinen Weg zurück; Boxen würden es ablehnen. Bitte mit [meta.rohrpost] allow-downgrade=true bauen.',
    en: 'The signed manifest in {file} does not allow going back; boxes would refuse it. Please build it with [meta.rohrpost] allow-downgrade=true.',
  },
  'channel-exists': { de: 'In {folder} ist schon ein Kanal.', en: 'There is a channel in {folder} already.' },
  'channel-missing': {
    de: 'In {folder} ist kein Kanal (index.json). Einen neuen macht „rohrpost-fleet create“; einen verlorenen auch: Die Nummer geht weiter.',
    en: 'There is no channel (index.json) in {folder}. “rohrpost-fleet create” makes one; a lost one too: its number goes on.',
  },
  'channel-broken': {
    de: 'Der Kanal in {folder} ist nicht, wie er veröffentlicht wurde: {reason} Es wird nichts unterschrieben, bevor das geklärt ist.',
    en: 'The channel in {folder} is not as it was published: {reason} Nothing is signed before that is cleared up.',
  },
  'channel-rolled-back': {
    de: 'Der Kanal in {folder} ist älter (Nr. {found}) als der zuletzt unterschriebene (Nr. {last}): Wer hat ihn zurückgespielt?',
    en: 'The channel in {folder} is older (no. {found}) than the one signed last (no. {last}): who put it back?',
  },
  'channel-development-name': {
    de: 'Mit Entwicklungsschlüsseln muss der Name des Kanals mit „dev“ beginnen.',
    en: 'With development keys the name of the channel must begin with “dev”.',
  },
  'channel-name': {
    de: 'Als Name eines Kanals gehen Kleinbuchstaben, Ziffern und Bindestriche: „{name}“.',
    en: 'The name of a channel has lower-case letters, digits and hyphens: “{name}”.',
  },
  'channel-busy': {
    de: 'Ein anderer Aufruf veröffentlicht gerade mit diesen Schlüsseln.',
    en: 'Another call is publishing with these keys just now.',
  },
  'channel-bundle-missing': {
    de: 'Das Paket {file} des Kanals fehlt oder ist ein anderes, als der Index sagt.',
    en: 'The channel’s bundle {file} is missing, or not the one that the index names.',
  },
  'release-exists': {
    de: '{product} {version} ist schon veröffentlicht. Eine Version wird nie ersetzt: Boxen, die sie haben, nähmen die andere nicht.',
    en: '{product} {version} is published already. A version is never replaced: boxes that have it would not take the other one.',
  },
  'release-missing': {
    de: '{version} ist in diesem Kanal nicht veröffentlicht.',
    en: '{version} is not published in this channel.',
  },
  'release-withdrawn': {
    de: '{version} ist zurückgezogen; das ist endgültig. Bitte eine neue Version veröffentlichen.',
    en: '{version} has been withdrawn; that is final. Please publish a new version.',
  },
  'release-notes': {
    de: 'Bitte sagen, was neu ist, auf Deutsch und Englisch: --notes-de und --notes-en.',
    en: 'Please say what is new, in German and English: --notes-de and --notes-en.',
  },
  'signer-command': {
    de: 'Das Programm zum Unterschreiben, {program}, hat abgelehnt: {reason}',
    en: 'The program that signs, {program}, refused: {reason}',
  },
  'channel-written': {
    de: 'Kanal {channel}, Nr. {sequence}, gilt bis {expires}.',
    en: 'Channel {channel}, no. {sequence}, valid until {expires}.',
  },
  'release-line': {
    de: '{product} {version}: {percent} % {state}',
    en: '{product} {version}: {percent} % {state}',
  },
  'release-stopped': { de: 'angehalten', en: 'stopped' },
  'release-is-withdrawn': { de: 'zurückgezogen', en: 'withdrawn' },
  'release-resumed': {
    de: '{version} war angehalten; der Rollout geht jetzt weiter.',
    en: '{version} was stopped; its roll-out goes on now.',
  },
  'release-lowered': {
    de: 'Der Anteil ist jetzt kleiner als vorher; wer die Version schon hat, behält sie.',
    en: 'The share is smaller now than before; who has the version already keeps it.',
  },
  'bundle-ending': {
    de: 'Achtung: Die Unterschrift von {file} gilt nur bis {date}; danach lehnt RAUC sie ab („rauc resign“ erneuert sie).',
    en: 'Mind: the signature of {file} is valid until {date} only; then RAUC refuses it (“rauc resign” renews it).',
  },
} as const satisfies Texts;
