import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../test/support/ports.ts';
import { type Household, isInstalled } from './household.ts';
import { type Image, readImages } from './modality.ts';

/** The PACS behind the second box: takes everything, keeps every object as a file of its own, repeats too. */
export interface Pacs {
  name: string;
  port: number;
  folder: string;
  arrived(): Promise<Image[]>;
}

const LISTENER = new URL('listener.ts', import.meta.url).pathname;

/** Plays the PACS with DCMTK's storescp, or without DCMTK with our own listener. */
export async function startPacs(household: Household): Promise<Pacs> {
  const folder = join(household.folder, 'pacs');
  await mkdir(folder);
  const port = await freePort();
  const isDcmtk = isInstalled('storescp');
  const args = ['+B', '-pm', '+xa', '+uf', '-od', folder, '-aet', 'PACS', String(port)];
  const servant = isDcmtk
    ? household.start('pacs', 'storescp', args)
    : household.start('pacs', process.execPath, [LISTENER, folder, String(port)]);
  await household.answers(servant, port);
  return {
    name: isDcmtk ? 'DCMTK storescp' : "Rohrpost's own DICOM listener",
    port,
    folder,
    arrived: async () => readImages((await readdir(folder)).map((name) => join(folder, name))),
  };
}
