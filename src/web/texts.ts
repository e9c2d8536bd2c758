import type { Texts } from '../core/texts.ts';
import { alarmsTexts } from './texts/alarms.ts';
import { applianceTexts } from './texts/appliance.ts';
import { commonTexts } from './texts/common.ts';
import { firmwareTexts } from './texts/firmware.ts';
import { overviewTexts } from './texts/overview.ts';
import { partnersTexts } from './texts/partners.ts';
import { peopleTexts } from './texts/people.ts';
import { sendTexts } from './texts/send.ts';
import { sessionTexts } from './texts/session.ts';
import { settingsTexts } from './texts/settings.ts';
import { setupTexts } from './texts/setup.ts';
import { studiesTexts } from './texts/studies.ts';
import { systemTexts } from './texts/system.ts';

/** Every text of the page. Keys begin with their area; no key is in two areas. */
export const webTexts = {
  ...commonTexts,
  ...sessionTexts,
  ...overviewTexts,
  ...alarmsTexts,
  ...peopleTexts,
  ...partnersTexts,
  ...settingsTexts,
  ...setupTexts,
  ...studiesTexts,
  ...systemTexts,
  ...applianceTexts,
  ...firmwareTexts,
  ...sendTexts,
} as const satisfies Texts;

export type TextKey = keyof typeof webTexts;
