import { openPasswords } from './people/passwords.ts';
import type { Premises } from './premises.ts';
import type { Web } from './route.ts';
import { alarmRoutes } from './routes/alarms.ts';
import { applianceRoutes } from './routes/appliance.ts';
import { machineRoutes } from './routes/appliance-acts.ts';
import { backupRoutes } from './routes/backup.ts';
import { certificateRoutes } from './routes/certificates.ts';
import { documentRoutes } from './routes/document.ts';
import { eventRoutes } from './routes/events.ts';
import { firmwareRoutes } from './routes/firmware.ts';
import { keyRoutes } from './routes/keys.ts';
import { logRoutes } from './routes/logs.ts';
import { overviewRoutes } from './routes/overview.ts';
import { partnerRoutes } from './routes/partners.ts';
import { peopleRoutes } from './routes/people.ts';
import { probeRoutes } from './routes/probes.ts';
import { quarantineRoutes } from './routes/quarantine.ts';
import { rowRoutes } from './routes/rows.ts';
import { ruleRoutes } from './routes/rules.ts';
import { sendRoutes } from './routes/send.ts';
import { settingsRoutes } from './routes/settings.ts';
import { setupRoutes } from './routes/setup.ts';
import { studyRoutes } from './routes/studies.ts';
import { supportRoutes } from './routes/support.ts';
import { systemRoutes } from './routes/system.ts';
import { uploadRoutes } from './routes/uploads.ts';
import { settingsKeeper } from './settings/save.ts';

/** Every route of the API, area by area. */
export function addRoutes(web: Web, premises: Premises): void {
  documentRoutes(web);
  backupRoutes(web, premises);
  certificateRoutes(web, premises);
  logRoutes(web, premises);
  supportRoutes(web, premises);
  systemRoutes(web, premises);
  eventRoutes(web, premises);
  overviewRoutes(web, premises);
  alarmRoutes(web, premises);
  // One hashing of passwords for all, so that few run at a time.
  const passwords = openPasswords();
  peopleRoutes(web, premises, passwords);
  applianceRoutes(web, premises);
  machineRoutes(web, premises, passwords);
  firmwareRoutes(web, premises);
  const keeper = settingsKeeper(premises);
  settingsRoutes(web, premises, keeper);
  setupRoutes(web, premises);
  probeRoutes(web, premises);
  partnerRoutes(web, premises, keeper);
  keyRoutes(web, premises);
  ruleRoutes(web, premises);
  studyRoutes(web, premises);
  rowRoutes(web, premises);
  quarantineRoutes(web, premises);
  uploadRoutes(web, premises);
  sendRoutes(web, premises);
}
