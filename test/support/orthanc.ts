import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listening } from './dcmtk.ts';
import { freePort } from './ports.ts';

// Orthanc as a PACS: private folder, loopback, no plugins.

export interface Orthanc {
  readonly ae: string;
  readonly dicomPort: number;
  readonly httpPort: number;
  /** Orthanc's own ids of all instances it has. */
  instances(): Promise<string[]>;
  /** Orthanc's id of the instance, or undefined. */
  find(sopInstanceUid: string): Promise<string | undefined>;
  /** The Part-10 file of an instance, by Orthanc's id. */
  download(id: string): Promise<Buffer>;
  stop(): Promise<void>;
}

export async function startOrthanc(options: { ae?: string } = {}): Promise<Orthanc> {
  const folder = await mkdtemp(join(tmpdir(), 'orthanc-'));
  const ae = options.ae ?? 'ORTHANC';
  const [dicomPort, httpPort] = [await freePort(), await freePort()];
  const storage = join(folder, 'storage');
  await mkdir(storage);
  const config = {
    Name: ae,
    DicomAet: ae,
    DicomPort: dicomPort,
    DicomCheckCalledAet: true,
    UnknownSopClassAccepted: true,
    HttpPort: httpPort,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    StorageDirectory: storage,
    IndexDirectory: storage,
    StorageCompression: false,
    SyncStorageArea: false,
    OverwriteInstances: true,
    Plugins: [],
  };
  const configPath = join(folder, 'orthanc.json');
  await writeFile(configPath, JSON.stringify(config));
  const env = { ...process.env, TCP_NODELAY: '1' };
  const child = spawn('Orthanc', [configPath], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-10_000);
  });
  const exited = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGKILL');
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await listening(httpPort, child);
    await listening(dicomPort, child);
  } catch (error) {
    await stop();
    throw new Error(`Orthanc did not start: ${log}`, { cause: error });
  }

  async function ask(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(`http://127.0.0.1:${httpPort}${path}`, {
      ...init,
      signal: AbortSignal.timeout(30_000),
    });
    if (!response.ok) throw new Error(`Orthanc answers ${response.status} to ${path}`);
    return response;
  }

  return {
    ae,
    dicomPort,
    httpPort,
    instances: async () => (await (await ask('/instances')).json()) as string[],
    async find(sopInstanceUid) {
      const response = await ask('/tools/lookup', { method: 'POST', body: sopInstanceUid });
      const found = (await response.json()) as { Type: string; ID: string }[];
      return found.find(({ Type }) => Type === 'Instance')?.ID;
    },
    download: async (id) => Buffer.from(await (await ask(`/instances/${id}/file`)).arrayBuffer()),
    stop,
  };
}
