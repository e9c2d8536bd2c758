import { checkSettings } from '../../src/config/read.ts';
import type { Partner, Settings } from '../../src/config/schema.ts';

type Loose = Record<string, unknown>;

/** Checked settings of a site with these partners, routes and targets; defaults everywhere else. */
export function testSettings(
  more: { partners?: Loose[]; routes?: Loose[]; targets?: Loose[]; settle?: Loose; dicom?: Loose } = {},
): Settings {
  const { partners = [{ id: 'klinik' }], ...rest } = more;
  return checkSettings({
    version: 1,
    site: { name: 'Testpraxis' },
    mail: { address: 'box@a.example', smtp: null, imap: null, listener: null },
    partners: partners.map(partnerSettings),
    settle: { quiet_s: 60, cap_s: 1_800 },
    ...rest,
  });
}

function partnerSettings(partner: Loose): Loose {
  const id = String(partner.id);
  return {
    name: id,
    address: `dicom@${id}.example`,
    ae_title: id.toUpperCase(),
    smtp: null,
    ...partner,
  };
}

export function testPartner(more: Loose = {}): Partner {
  return testSettings({ partners: [{ id: 'klinik', ...more }] }).partners[0]!;
}
