/** Where the caretaker finds what it looks after. Tests give it a folder of their own. */
export interface Places {
  /** The facts of this boot; also for what others may read. */
  readonly facts: string;
  /** Root's own folder on the data partition. */
  readonly data: string;
  /** Root's own folder in memory, shared by all instances. */
  readonly run: string;
  /** Bundles that the program has fetched or taken in; below, everything belongs to the program. */
  readonly update: string;
  /** The program's folder, and where in it is left what a stick brings. */
  readonly program: string;
  readonly stick: string;
  /** passwd(5): whom the program's folder belongs to. */
  readonly users: string;
  /** The name servers in use, as systemd-resolved writes them for others. */
  readonly resolv: string;
  /** Exists once the clock was set by a time server. */
  readonly synchronised: string;
  readonly uptime: string;
  readonly hostname: string;
  readonly programs: Readonly<Record<'rauc' | 'systemctl' | 'ip' | 'timedatectl' | 'flock' | 'unlock', string>>;
}

/** The places of the appliance's image; programs by their full paths. */
export function systemPlaces(): Places {
  return {
    facts: '/run/rohrpost-system',
    data: '/data/system',
    run: '/run/rohrpost-caretaker',
    update: '/var/lib/rohrpost/update',
    program: '/var/lib/rohrpost',
    stick: '/var/lib/rohrpost/stick',
    users: '/etc/passwd',
    resolv: '/run/systemd/resolve/resolv.conf',
    synchronised: '/run/systemd/timesync/synchronized',
    uptime: '/proc/uptime',
    hostname: '/proc/sys/kernel/hostname',
    programs: {
      rauc: '/usr/bin/rauc',
      systemctl: '/usr/bin/systemctl',
      ip: '/usr/bin/ip',
      timedatectl: '/usr/bin/timedatectl',
      flock: '/usr/bin/flock',
      unlock: '/usr/lib/rohrpost-system/unlock',
    },
  };
}
