import type { Command } from 'commander';
import { type Check, runChecks } from '../health/check.ts';
import { doctorChecks } from '../health/doctor.ts';
import type { HealthParts } from '../health/parts.ts';
import { isFolderLocked } from '../store/database.ts';
import { addCommand } from './command.ts';
import type { Console } from './console.ts';
import { type Data, openKeys, withStore } from './data.ts';
import { EXIT } from './exits.ts';

/** `rohrpost doctor`: every connection, key and resource that the box lives on, one line each. Exit 1 if one fails. */
export function addDoctorCommand(program: Command, c: Console): void {
  addCommand(program, c, 'doctor', 'help.doctor')
    .option('--json', c.say('help.json'))
    .action((o: { json?: boolean }) =>
      withStore(c, async (data) => {
        const isRunning = isFolderLocked(c.folder);
        const checks = doctorChecks(await healthParts(c, data), { isRunning, alarm: data.settings.alarm() });
        await printChecks(c, checks, o.json ?? false);
      }),
    );
}

/** What the checks look at, of the box whose data folder this is. @throws RohrpostError secret-… */
export async function healthParts(c: Console, { settings, store }: Data): Promise<HealthParts> {
  const { folder, language, clock } = c;
  return { folder, language, clock, settings: settings.current(), store, ...(await openKeys(c)) };
}

/** Runs the checks and prints each as soon as it and all before it are known. */
export async function printChecks(c: Console, checks: readonly Check[], json: boolean): Promise<void> {
  const reports = [];
  for await (const report of runChecks(checks, c.language)) {
    reports.push(report);
    if (!json) c.line(`${c.say(`check.${report.state}`)}  ${report.name}: ${report.words}`);
    if (report.state === 'fail') c.exitCode = EXIT.failed;
  }
  if (json) c.json(reports);
}
