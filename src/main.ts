import { runCli } from './cli/program.ts';

// A reader that has seen enough (`rohrpost status | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exit(await runCli(process.argv.slice(2), process));
