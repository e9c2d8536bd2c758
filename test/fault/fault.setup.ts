import { beginTable, endTable } from './table.ts';

/** Before all test files, and after: the table of what was provoked and what came of it. */
export default function setup(): () => void {
  beginTable();
  return () => console.log(`\n${endTable()}\n`);
}
