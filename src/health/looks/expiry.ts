import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Settings } from '../../config/schema.ts';
import { asRohrpostError } from '../../core/errors.ts';
import { healthLimits } from '../../core/limits.ts';
import type { House, WorkingBox } from '../house.ts';
import { endWords, type Sign, signOf, toneOfEnd } from '../signs.ts';

/** What ends one day: our key, the partners' keys, certificates. What lasts is one light for all of its kind. */
export async function lookAtKeys({ clock }: House, { keyring, settings }: WorkingBox): Promise<Sign[]> {
  const now_ms = clock.now();
  const { partners } = settings.current();
  const troubled: Sign[] = [];
  for (const partner of partners) {
    const { id, name } = partner;
    const sign = {
      id: `key-${id}`,
      link: `/partners/${id}`,
      title: ((say) => say('light.partner-key', { name })) as Sign['title'],
    };
    try {
      const { info } = await keyring.encryptionKey(partner, now_ms);
      const tone = toneOfEnd(info.expiresMs, now_ms);
      if (tone !== 'ok') troubled.push({ ...sign, tone, calls: 'act', words: endWords(info.expiresMs, now_ms) });
    } catch (thrown) {
      troubled.push(signOf(asRohrpostError(thrown, 'partner-key-missing', { partner: id }), sign));
    }
    if (troubled.length >= healthLimits.troubles) break;
  }
  const fine: Sign = {
    ...{ id: 'partner-keys', tone: 'ok', link: '/partners' },
    ...{ title: (say) => say('light.partner-keys'), words: (say) => say('light.valid') },
  };
  const all = troubled.length > 0 || partners.length === 0 ? troubled : [fine];
  return [await ownKey(keyring, now_ms), ...all];
}

async function ownKey(keyring: WorkingBox['keyring'], now_ms: number): Promise<Sign> {
  const sign = { id: 'own-key', link: '/system', title: ((say) => say('light.own-key')) as Sign['title'] };
  try {
    const { info } = await keyring.ownKey();
    return { ...sign, tone: toneOfEnd(info.expiresMs, now_ms), calls: 'act', words: endWords(info.expiresMs, now_ms) };
  } catch (thrown) {
    return signOf(asRohrpostError(thrown, 'own-key-missing'), sign);
  }
}

/** The page's certificate, and those that the settings name. */
export async function lookAtCertificates(house: House, box: WorkingBox | null): Promise<Sign[]> {
  const now_ms = house.clock.now();
  const { expires_ms } = house.certificate();
  const web: Sign = {
    ...{ id: 'web-certificate', link: '/system', tone: toneOfEnd(expires_ms, now_ms), calls: 'act' },
    ...{ title: (say) => say('light.web-certificate'), words: endWords(expires_ms, now_ms) },
  };
  const named = box ? certificateFiles(box.settings.current()) : [];
  const troubled: Sign[] = [];
  for (const { use, file } of named) {
    const sign = {
      id: `certificate-${use}`,
      link: '/system',
      title: ((say) => say('light.certificate', { use })) as Sign['title'],
    };
    try {
      const ends_ms = new X509Certificate(await readFile(resolve(house.folder, file))).validToDate.getTime();
      const tone = toneOfEnd(ends_ms, now_ms);
      if (tone !== 'ok') troubled.push({ ...sign, tone, calls: 'act', words: endWords(ends_ms, now_ms) });
    } catch (thrown) {
      troubled.push(signOf(asRohrpostError(thrown, 'disk-error'), sign));
    }
  }
  const fine: Sign = {
    ...{ id: 'certificates', tone: 'ok', link: '/system' },
    ...{ title: (say) => say('light.certificates'), words: (say) => say('light.valid') },
  };
  return [web, ...(named.length > 0 && troubled.length === 0 ? [fine] : troubled)];
}

/** Our own certificates by what they are for; the first of a chain is ours. */
function certificateFiles({ dicom, mail, targets }: Settings): { use: string; file: string }[] {
  return [
    ...(dicom.tls ? [{ use: 'DICOM/TLS', file: dicom.tls.cert_file }] : []),
    ...(mail.listener ? [{ use: 'SMTP', file: mail.listener.cert_file }] : []),
    ...targets.flatMap((target) =>
      target.kind === 'dicom' && target.tls?.cert_file ? [{ use: target.id, file: target.tls.cert_file }] : [],
    ),
  ];
}
