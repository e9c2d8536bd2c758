import type { CodeTable } from '../errors.ts';

const operator = { retry: 'operator', blame: 'operator' } as const;

/** What people enter about the machine around the program: its place in the network, its name, its keys. */
export const machineCodes = {
  'setting-interface': {
    ...operator,
    de: 'Hier muss eine Adresse mit Präfixlänge oder Netzmaske stehen, etwa 192.0.2.10/24 oder 192.0.2.10/255.255.255.0.',
    en: 'must be an address with prefix length or mask, such as 192.0.2.10/24 or 192.0.2.10/255.255.255.0',
  },
  'setting-ip': {
    ...operator,
    de: 'Hier muss eine IP-Adresse stehen, etwa 192.0.2.1.',
    en: 'must be an IP address, such as 192.0.2.1',
  },
  'setting-host-label': {
    ...operator,
    de: 'Hier muss ein Name ohne Punkte stehen: Kleinbuchstaben, Ziffern und Bindestriche, höchstens 63 Zeichen.',
    en: 'must be a name without dots: lower-case letters, digits and hyphens, at most 63 characters',
  },
  'network-address-not-host': {
    ...operator,
    de: 'Diese Adresse kann kein Gerät haben; sie steht für das ganze Netz, für alle Geräte darin oder hat einen besonderen Zweck.',
    en: 'no machine can have this address: it stands for the whole network, for all machines in it, or has a special purpose',
  },
  'network-gateway-elsewhere': {
    ...operator,
    de: 'Dieses Gateway liegt nicht im Netz der Adresse ({network}); die Box könnte es nicht erreichen.',
    en: 'this gateway is not in the network of the address ({network}); the box could not reach it',
  },
  'network-gateway-same': {
    ...operator,
    de: 'Das ist die Adresse der Box selbst.',
    en: 'this is the address of the box itself',
  },
  'recovery-key-none': {
    ...operator,
    retry: 'never',
    de: 'Auf der Box liegt kein Wiederherstellungsschlüssel mehr; er wurde schon notiert und gelöscht, oder es gab keinen.',
    en: 'There is no recovery key on the box any more: it was noted and deleted, or there never was one.',
  },
  'unlock-locked': {
    ...operator,
    retry: 'later',
    de: 'Zu viele falsche Wiederherstellungsschlüssel. In {seconds} Sekunden kann es noch einmal versucht werden.',
    en: 'Too many wrong recovery keys. You can try again in {seconds} seconds.',
  },
} as const satisfies CodeTable;
