import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import Sqlite from 'better-sqlite3';
import { overview } from './overview.ts';

// The thread of counting.ts: reads only, and ends.
const db = new Sqlite(join(workerData as string, 'rohrpost.sqlite'), { readonly: true });
parentPort!.postMessage(overview(db).counts());
db.close();
