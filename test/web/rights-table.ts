import type { Right } from '../../src/web/route.ts';

/**
 * Who may ask what: the decision, kept apart from the routes that carry it out. A route without a line here, or a line
 * without a route, fails `rights.test.ts`. Each role may what those before it may: viewer, operator, admin.
 */
export const rights: Readonly<Record<string, Right>> = {
  // What everybody may know
  'GET /api': 'public',
  'GET /api/state': 'public',
  'POST /api/claim': 'unclaimed',
  'POST /api/session': 'public',

  // Oneself
  'GET /api/session': 'viewer',
  'PATCH /api/session': 'viewer',
  'DELETE /api/session': 'viewer',
  'PUT /api/session/password': 'viewer',
  'POST /api/session/second-factor': 'viewer',
  'POST /api/session/second-factor/confirm': 'viewer',
  'POST /api/session/second-factor/remove': 'viewer',
  'POST /api/session/recovery-codes': 'viewer',
  'GET /api/sessions': 'viewer',
  'DELETE /api/sessions/:id': 'viewer',
  'GET /api/tokens': 'viewer',
  'POST /api/tokens': 'viewer',
  'DELETE /api/tokens/:id': 'viewer',
  'GET /api/events': 'viewer',

  // Other people, and what they did
  'GET /api/users': 'admin',
  'POST /api/users': 'admin',
  'PUT /api/users/second-factor-rule': 'admin',
  'PATCH /api/users/:id': 'admin',
  'DELETE /api/users/:id': 'admin',
  'PUT /api/users/:id/password': 'admin',
  'DELETE /api/users/:id/second-factor': 'admin',
  'DELETE /api/users/:id/sessions': 'admin',
  'GET /api/audit': 'admin',
  'GET /api/audit/chain': 'admin',
  'POST /api/audit/chain': 'admin',
  'GET /api/audit/export': 'admin',

  // The house
  'GET /api/overview': 'viewer',
  'GET /api/overview/throughput': 'viewer',
  'GET /api/alarms': 'viewer',
  'GET /api/system': 'operator',
  'GET /api/system/under-way': 'operator',
  'POST /api/system/restart': 'admin',
  'GET /api/log': 'operator',
  'GET /api/log/export': 'operator',
  'GET /api/support': 'admin',
  'GET /api/certificate': 'operator',
  'PUT /api/certificate': 'admin',
  'DELETE /api/certificate': 'admin',
  'POST /api/certificate/request': 'admin',

  // The machine
  'GET /api/appliance': 'operator',
  'PUT /api/appliance/network': 'admin',
  'POST /api/appliance/network/keep': 'admin',
  'POST /api/appliance/network/reached': 'public',
  'PUT /api/appliance/hostname': 'admin',
  'PUT /api/appliance/time-servers': 'admin',
  'POST /api/appliance/reboot': 'admin',
  'POST /api/appliance/power-off': 'admin',
  'POST /api/appliance/factory-reset': 'admin',
  'POST /api/appliance/adopt': 'admin',
  'POST /api/appliance/recovery-key': 'admin',
  'DELETE /api/appliance/recovery-key': 'admin',
  'POST /api/appliance/unlock': 'public',

  // Firmware
  'GET /api/firmware': 'operator',
  'POST /api/firmware/check': 'admin',
  'POST /api/firmware/install': 'admin',
  'POST /api/firmware/restart': 'admin',
  'POST /api/firmware/try-again': 'admin',
  'POST /api/firmware/report': 'admin',
  'POST /api/firmware/bundle': 'admin',
  'PATCH /api/firmware/bundle/:id': 'admin',
  'POST /api/firmware/bundle/install': 'admin',

  // Settings
  'GET /api/settings': 'operator',
  'GET /api/settings/schema': 'operator',
  'PUT /api/settings': 'admin',
  'PATCH /api/settings': 'admin',
  'POST /api/rules/try': 'operator',

  // Studies, and what hangs on them
  'GET /api/studies': 'viewer',
  'POST /api/studies/search': 'viewer',
  'GET /api/studies/:id': 'viewer',
  'GET /api/studies/:id/timeline': 'viewer',
  'GET /api/studies/:id/preview': 'viewer',
  'POST /api/studies/:id/send': 'operator',
  'POST /api/rows/:id/release': 'operator',
  'POST /api/rows/:id/retry': 'operator',
  'POST /api/rows/:id/hold': 'operator',
  'POST /api/rows/:id/discard': 'operator',
  'GET /api/quarantine': 'viewer',

  // Partners and keys
  'GET /api/partners': 'viewer',
  'GET /api/partners/:id': 'operator',
  'POST /api/partners': 'admin',
  'DELETE /api/partners/:id': 'admin',
  'POST /api/partners/:id/keys': 'admin',
  'DELETE /api/partners/:id/keys/:fingerprint': 'admin',
  'GET /api/key': 'viewer',
  'GET /api/key/file': 'viewer',
  'GET /api/key/partner-file': 'viewer',
  'POST /api/keys/read': 'admin',
  'POST /api/keys/search': 'admin',

  // Setting up, and tests of connections
  'GET /api/setup': 'admin',
  'GET /api/setup/network': 'admin',
  'PUT /api/setup/site': 'admin',
  'PUT /api/setup/steps/:step': 'admin',
  'PUT /api/setup/finished': 'admin',
  'POST /api/setup/mail-servers': 'admin',
  'GET /api/doctor': 'operator',
  'POST /api/probes/smtp': 'operator',
  'POST /api/probes/imap': 'operator',
  'POST /api/probes/self-mail': 'operator',
  'GET /api/probes/runs/:id': 'operator',
  'POST /api/probes/echo': 'operator',
  'POST /api/probes/store': 'operator',
  'POST /api/probes/share': 'operator',
  'POST /api/probes/folder': 'admin',
  'POST /api/probes/target/:id': 'operator',
  'POST /api/probes/partner/:id': 'operator',
  'POST /api/probes/trial/:id': 'operator',
  'GET /api/probes/trials/:id': 'operator',

  // Backup and restore
  'POST /api/backup': 'admin',
  'POST /api/restore/upload': 'admin',
  'POST /api/restore/look': 'admin',
  'POST /api/restore': 'admin',

  // Sending by hand
  'POST /api/uploads': 'operator',
  'GET /api/uploads/:id': 'operator',
  'PATCH /api/uploads/:id': 'operator',
  'DELETE /api/uploads/:id': 'operator',
  'POST /api/send/look': 'operator',
  'POST /api/send': 'operator',
};
