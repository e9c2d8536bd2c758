import type { Partner, Settings } from '../../config/schema.ts';
import type { Clock } from '../../core/clock.ts';
import { codes, type ErrorCode, plainText } from '../../core/errors.ts';
import { spanText } from '../../core/figures.ts';
import { healthLimits } from '../../core/limits.ts';
import { retell } from '../../core/retell.ts';
import type { Waiting } from '../../store/signs.ts';
import type { House, WorkingBox } from '../house.ts';
import { type Sign, signOf } from '../signs.ts';

/** A mailbox that was not looked through for so many of its own intervals, and this on top, hangs. */
const LATE_INTERVALS = 3;
const LATE_MS = 5 * 60_000;
/** What failed once or twice often passes by itself. */
const TRIES = 3;

/** The ways to us: the mailbox, or our own listener. */
export function lookAtMailbox({ clock }: House, box: WorkingBox): Sign[] {
  const { mail } = box.settings.current();
  const sign = { id: 'mailbox', link: '/system', title: ((say) => say('light.mailbox')) as Sign['title'] };
  if (!mail.imap) {
    return mail.listener ? [] : [{ ...sign, tone: 'warn', words: (say) => say('light.mailbox-none') }];
  }
  const shut = box.shutDoors().get('imap');
  if (shut) return [signOf(shut, sign)];
  const seen = box.mailbox();
  if (seen?.error) return [signOf(seen.error, { ...sign, tone: seen.state === 'disconnected' ? 'fail' : 'warn' })];
  if (seen === null || seen.looked_ms === null) {
    return [{ ...sign, tone: 'ok', words: (say) => say('light.mailbox-connecting') }];
  }
  const { looked_ms } = seen;
  const isLate =
    clock.now() - looked_ms > LATE_INTERVALS * mail.poll_s * 1_000 + LATE_MS && seen.state !== 'collecting';
  const key = isLate ? 'light.mailbox-late' : 'light.mailbox-looked';
  const words: Sign['words'] = (say, language) => say(key, { time: spanText(clock.now() - looked_ms, language) });
  return [{ ...sign, tone: isLate ? 'warn' : 'ok', calls: 'act', words }];
}

/** What a second box under the same name would leave as traces (F76): a disk that was copied, a backup that was put on another. */
export function lookAtTwin({ clock }: House, box: WorkingBox): Sign[] {
  const sign = {
    id: 'twin',
    tone: 'fail',
    link: '/system',
    title: ((say) => say('light.twin')) as Sign['title'],
  } as const;
  const isRecent = (at_ms: number | null | undefined): at_ms is number =>
    typeof at_ms === 'number' && clock.now() - at_ms < healthLimits.twin_ms;
  const receipt = box.store.facts.latest('unknown_receipt');
  if (isRecent(receipt?.at_ms)) {
    const partner = receipt!.partner_id;
    return [{ ...sign, code: 'twin-sends', words: (say) => say('light.twin-sends', { partner }) }];
  }
  if (!isRecent(box.mailbox()?.gone_ms)) return [];
  // People may tidy up a mailbox too.
  return [{ ...sign, tone: 'warn', code: 'twin-takes', calls: 'act', words: (say) => say('light.twin-takes') }];
}

/** The ways to partners, as mails have fared: our mail server, and the direct ways that are in trouble. */
export function lookAtOutgoing({ clock }: House, { settings: open, store }: WorkingBox): Sign[] {
  const settings = open.current();
  const unsent = store.signs.unsent().filter(isOfTheWay);
  const direct = settings.partners.filter((partner) => partner.smtp !== null);
  const ways = direct.flatMap((partner) => wayOf(partner, unsent));
  return [...serverOf(settings, clock, store.signs.lastSentMs(), unsent), ...ways];
}

function serverOf(
  { mail, partners }: Settings,
  clock: Clock,
  sent_ms: number | null,
  unsent: readonly Waiting[],
): Sign[] {
  const sign = { id: 'mail-server', link: '/system', title: ((say) => say('light.outgoing')) as Sign['title'] };
  const served = partners.filter((partner) => partner.smtp === null).map(({ id }) => id);
  if (!mail.smtp) {
    if (served.length === 0) return [];
    const names = served.slice(0, 5).join(', ');
    return [{ ...sign, tone: 'warn', words: (say) => say('light.outgoing-none', { partners: names }) }];
  }
  const waiting = unsent.filter(({ lane }) => served.includes(lane));
  if (waiting.length > 0) return [waitingSign(waiting, { ...sign, text: 'light.waiting' })];
  const words: Sign['words'] = (say, language) =>
    sent_ms === null
      ? say('light.outgoing-idle')
      : say('light.outgoing-sent', { time: spanText(clock.now() - sent_ms, language) });
  return [{ ...sign, tone: 'ok', words }];
}

function wayOf({ id, name }: Partner, unsent: readonly Waiting[]): Sign[] {
  const waiting = unsent.filter(({ lane }) => lane === id);
  if (waiting.length === 0) return [];
  const title: Sign['title'] = (say) => say('light.way', { name });
  return [waitingSign(waiting, { id: `way-${id}`, link: `/partners/${id}`, title, text: 'light.waiting' })];
}

/** What waits after a failure; the reason of most of it speaks for all. */
export function waitingSign(
  waiting: readonly Waiting[],
  o: Pick<Sign, 'id' | 'link' | 'title'> & { text: 'light.waiting' | 'light.target-waiting' },
): Sign {
  const count = waiting.reduce((sum, row) => sum + row.count, 0);
  // Those that wait because another has failed say less than that one.
  const told = waiting.filter(({ code }) => code !== 'send-account-waits');
  const { code, reason } = (told.length > 0 ? told : waiting).toSorted((a, b) => b.count - a.count)[0]!;
  const tone = waiting.some(({ attempts }) => attempts >= TRIES) ? 'fail' : 'warn';
  const { text, ...sign } = o;
  return {
    ...sign,
    tone,
    code,
    words: (say, language) => say(text, { count, reason: retell(code, reason, language) }),
    plain: (say, language) => say(text, { count, reason: plainText(code, language) }),
  };
}

/** What the way there or its server failed at, not what one mail or its recipient did. */
function isOfTheWay({ code }: Waiting): boolean {
  if (!Object.hasOwn(codes, code)) return false;
  return ['network', 'mailserver', 'operator'].includes(codes[code as ErrorCode].blame);
}
