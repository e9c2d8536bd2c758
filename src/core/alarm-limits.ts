/** Every bound of alarms and of the mails that tell of them, each with its reason. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

export const alarmLimits = {
  /** What passes sooner is nobody's trouble: a connection that is opened anew, a server that restarts its service. */
  raise_ms: 30 * SECOND,
  /** It is over once it has been gone for so long: a line that comes and goes every minute is one alarm. */
  clear_ms: 10 * MINUTE,
  /** What comes back sooner than this after its end has been flapping: each time it must be gone for twice as long, up to … */
  again_ms: 60 * MINUTE,
  clear_most_ms: 4 * 60 * MINUTE,
  /** Alarms that stand at a time; a cut cable is some ten, a hundred partners without a key fifty (`healthLimits.troubles`). */
  standing: 200,
  /** Alarms that are over and still shown: a bad month. */
  past: 100,

  /** Waits so long after the first piece of news: what one cause breaks, breaks within a minute. Urgent news does not wait. */
  gather_ms: 60 * SECOND,
  /** Between two mails to one address. */
  gap_ms: 10 * MINUTE,
  /** After a failure; the last is how late the mail comes, at most, once the server is back. */
  first_retry_ms: 1 * MINUTE,
  last_retry_ms: 15 * MINUTE,
  /** Beyond this it was no hiccup: before the mail, the lights get the time to turn green, so that one mail tells it all. */
  outage_ms: 5 * MINUTE,
  settle_ms: 11 * MINUTE,
  /** One mail of a few kilobytes, to a server that greets late. */
  send_ms: 2 * MINUTE,
  /** So many are told one by one in a mail; of the rest, how many. */
  told: 40,
  title_characters: 200,
  words_characters: 1_000,
} as const;

export type AlarmLimits = { readonly [Key in keyof typeof alarmLimits]: number };
