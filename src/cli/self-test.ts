import type { Command } from 'commander';
import { openAppliance } from '../appliance/appliance.ts';
import { storageTrouble } from '../appliance/trouble.ts';
import type { RohrpostError } from '../core/errors.ts';
import { writeDurably } from '../core/files.ts';
import { selfTestLimits as limits } from '../core/program-limits.ts';
import { selfTest } from '../health/self-test.ts';
import { readWorked } from '../update/state.ts';
import { addCommand } from './command.ts';
import type { Console } from './console.ts';
import { becomeOwner, readOnce } from './data.ts';
import { EXIT, UsageError } from './exits.ts';

/**
 * `rohrpost self-test`: whether the program that runs beside it works, as an update's health gate asks. One line of JSON
 * (`ok`, `code`), exit 0 or 1; `--say FILE` gets the code as soon as one is known, for whoever ends this before it ends by itself.
 */
export function addSelfTestCommand(program: Command, c: Console): void {
  addCommand(program, c, 'self-test', 'help.self-test')
    .option('--wait <seconds>', c.say('help.self-test-wait'), String(limits.wait_s))
    .option('--say <file>', c.say('help.self-test-say'))
    .action(async (o: { wait: string; say?: string }) => {
      const wait_s = Number(o.wait);
      if (!/^\d{1,5}$/.test(o.wait)) throw new UsageError(c.say('usage.invalid', { what: o.wait }));
      becomeOwner(c.folder);
      const found = storageLost(c) ?? (await test(c, wait_s, o.say));
      if (o.say !== undefined) await say(o.say, found);
      c.stdout.write(`${JSON.stringify({ ok: found === null, code: found?.code ?? null })}\n`);
      if (found) c.exitCode = EXIT.failed;
    });
}

/** An image on trial that finds no data cannot know what it must be able to do; the one before it may find them. */
function storageLost(c: Console): RohrpostError | null {
  const appliance = openAppliance(c.env);
  return appliance?.onTrial() ? storageTrouble(appliance.facts) : null;
}

function test(c: Console, wait_s: number, file: string | undefined): Promise<RohrpostError | null> {
  const { folder, clock } = c;
  const settings = () => readOnce(c).catch(() => null);
  const onRound = async (found: RohrpostError | null) => {
    if (found && file !== undefined) await say(file, found);
  };
  // Where nobody knows how it was before, a box that is set up must work.
  const worked = readWorked(folder) ?? true;
  const timesEnded = () => openAppliance(c.env)?.timesEnded() ?? 0;
  return selfTest({ folder, clock, settings, worked }, { wait_ms: wait_s * 1_000, onRound, timesEnded });
}

const say = (file: string, found: RohrpostError | null) => writeDurably(file, `${found?.code ?? 'ok'}\n`, 0o644);
