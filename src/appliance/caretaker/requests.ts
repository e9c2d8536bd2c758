import { applianceLimits as limits } from '../../core/appliance-limits.ts';
import type { CaretakerAct, CaretakerRequest } from '../words.ts';
import {
  certificates,
  type Fields,
  fieldsOf,
  hexSha256,
  hostName,
  networkMode,
  port,
  refused,
  serverName,
} from './fields.ts';

type Checks = { [Act in CaretakerAct]: (fields: Fields) => Extract<CaretakerRequest, { act: Act }> };

const CHECKS: Checks = {
  state: () => ({ act: 'state' }),
  network: (fields) => ({ act: 'network', ...networkMode(fields) }),
  'network-keep': () => ({ act: 'network-keep' }),
  hostname: (fields) => ({ act: 'hostname', name: hostName('name', fields.text('name')) }),
  time: (fields) => ({
    act: 'time',
    servers: fields.texts('servers', limits.time_servers).map((server) => serverName('servers', server)),
  }),
  ports: (fields) => ({ act: 'ports', tcp: fields.numbers('tcp', limits.ports).map((number) => port('tcp', number)) }),
  install: (fields) => {
    const bundle = fields.text('bundle');
    const [tlsCa, sha256] = [fields.optional('tlsCa'), fields.optional('sha256')];
    const manifestSha256 = fields.optional('manifestSha256');
    const isFile = bundle.startsWith('/');
    if (isFile && tlsCa !== undefined) throw refused('tlsCa', 'a file has no server');
    if (!isFile && sha256 !== undefined) throw refused('sha256', 'nobody holds a streamed bundle whole');
    return {
      act: 'install',
      bundle: isFile ? bundle : httpsUrl('bundle', bundle),
      ...(tlsCa !== undefined && { tlsCa: certificates('tlsCa', tlsCa) }),
      ...(sha256 !== undefined && { sha256: hexSha256('sha256', sha256) }),
      ...(manifestSha256 !== undefined && { manifestSha256: hexSha256('manifestSha256', manifestSha256) }),
    };
  },
  'update-noted': () => ({ act: 'update-noted' }),
  reboot: () => ({ act: 'reboot' }),
  poweroff: () => ({ act: 'poweroff' }),
  'factory-reset': (fields) => ({ act: 'factory-reset', name: fields.text('name') }),
  adopt: () => ({ act: 'adopt' }),
  'recovery-key': () => ({ act: 'recovery-key' }),
  'recovery-key-forget': () => ({ act: 'recovery-key-forget' }),
  unlock: (fields) => {
    const key = fields.text('key').trim();
    // systemd-cryptenroll(1): eight groups of eight "modhex" letters.
    if (!/^[cbdefghijklnrtuv-]{64,80}$/.test(key)) throw refused('key', 'eight groups of eight letters');
    return { act: 'unlock', key };
  },
};

/**
 * One request as it came, checked to the last field: nothing of it is looked at again.
 * @throws RohrpostError appliance-refused
 */
export function checkRequest(line: string): CaretakerRequest {
  const fields = fieldsOf(parse(line));
  const act = fields.text('act');
  if (!Object.hasOwn(CHECKS, act)) throw refused('act', 'unknown');
  const request = CHECKS[act as CaretakerAct](fields);
  fields.end();
  return request;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw refused('request', 'not JSON');
  }
}

const URL_CHARACTERS_MOST = 2_000;

/** An https address that holds no password: it stands in the arguments of a program and in the journal. */
function httpsUrl(field: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'https:' || text.length > URL_CHARACTERS_MOST) {
    throw refused(field, 'a file of the update folder, or an https address');
  }
  if (url.username !== '' || url.password !== '' || url.hash !== '') throw refused(field, 'an address alone');
  return url.href;
}
