import type { Command } from 'commander';
import { asRohrpostError } from '../core/errors.ts';
import { screenLimits as limits } from '../core/program-limits.ts';
import { addCommand } from './command.ts';
import type { Console } from './console.ts';
import { becomeOwner } from './data.ts';
import { heldKey } from './screen-key.ts';
import { lookAround, type Sight } from './screen-look.ts';
import { type KeyState, mayReset, picture } from './screen-picture.ts';

/** UTF-8 on the Linux console, no cursor, no wrapping (console_codes(4)). */
const BEGIN = '\x1b%G\x1b[?25l\x1b[?7l\x1b[2J';
const END = '\x1b[?7h\x1b[?25h\x1b[2J\x1b[H';
const CTRL_C = 3;
/** What the audit says that a reset was done by: whoever stands at the box, and nobody knows who that is. */
const BY = 'screen';

/**
 * `rohrpost screen`: the picture on the box's own screen, until it is ended. It reads; the one thing that it does is to reset an
 * admin where the key R is held for ten seconds. Who can do that stands at the box: only the keyboard of this very terminal counts.
 */
export function addScreenCommand(program: Command, c: Console): void {
  addCommand(program, c, 'screen', 'help.screen').action(async () => {
    becomeOwner(c.folder);
    const ended = firstEnd();
    const keyboard = openKeyboard(c, ended);
    c.stdout.write(BEGIN);
    try {
      await show(c, keyboard, ended.signal);
    } finally {
      keyboard.close();
      c.stdout.write(END);
    }
  });
}

async function show(c: Console, keyboard: Keyboard, signal: AbortSignal): Promise<void> {
  const { clock } = c;
  let sight: Sight | null = null;
  let key: KeyState = { is: 'idle' };
  let looked_ms = Number.NEGATIVE_INFINITY;
  let drawn = { text: '', at_ms: Number.NEGATIVE_INFINITY };
  let until_ms = 0;
  const draw = (seen: Sight) => {
    const text = picture(seen, key).join('\x1b[K\r\n');
    const now_ms = clock.steady();
    if (text === drawn.text && now_ms - drawn.at_ms < limits.redraw_ms) return;
    c.stdout.write(`\x1b[H${text}\x1b[K\x1b[J`);
    drawn = { text, at_ms: now_ms };
  };
  while (!signal.aborted) {
    if (!sight || clock.steady() - looked_ms >= limits.look_ms) {
      sight = await lookAround(c.folder, c.env);
      looked_ms = clock.steady();
    }
    const held = keyboard.look();
    const isShown = (key.is === 'done' || key.is === 'failed') && clock.steady() < until_ms;
    if (held === 'done' && mayReset(sight)) {
      key = { is: 'working' };
      draw(sight);
      key = await reset(c);
      until_ms = clock.steady() + limits.password_ms;
    } else if (typeof held === 'object' && mayReset(sight)) key = { is: 'held', left_s: held.left_s };
    else if (!isShown) key = { is: 'idle' };
    draw(sight);
    await clock.sleep(limits.key_look_ms, signal).catch(() => {});
  }
}

async function reset(c: Console): Promise<KeyState> {
  try {
    const { resetAdmin } = await import('./admin-reset.ts');
    const made = await resetAdmin(c.folder, { by: BY, clock: c.clock, become: becomeOwner });
    return { is: 'done', ...made };
  } catch (thrown) {
    return { is: 'failed', code: asRohrpostError(thrown, 'internal').code };
  }
}

interface Keyboard {
  look(): ReturnType<ReturnType<typeof heldKey>['look']>;
  close(): void;
}

/** The keyboard of the terminal that the picture is on, byte by byte and without an echo; where it is none, no key does anything. */
function openKeyboard({ stdin, stdout, env, clock }: Console, ended: AbortController): Keyboard {
  const held = heldKey();
  if (!stdin.isTTY || !stdout.isTTY) return { look: () => 'idle', close: () => {} };
  stdin.setRawMode(true);
  stdin.on('error', () => {});
  stdin.on('data', (bytes: Buffer) => {
    // On somebody's own machine the command ends as others do; a box's screen is for ever.
    if (!env.ROHRPOST_SYSTEM && bytes.includes(CTRL_C)) ended.abort();
    held.typed(bytes, clock.steady());
  });
  return {
    look: () => held.look(clock.steady()),
    close: () => {
      stdin.setRawMode(false);
      stdin.pause();
    },
  };
}

function firstEnd(): AbortController {
  const ended = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => ended.abort());
  return ended;
}
