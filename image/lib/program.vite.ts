import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What is started by itself: the command line, the caretaker, and the modules of threads and processes. */
const ENTRIES = {
  main: '../../src/main.ts',
  caretaker: '../../src/appliance/caretaker/main.ts',
  entry: '../../src/workers/entry.ts',
  'migration-thread': '../../src/store/migration-thread.ts',
  'preview-process': '../../src/workers/preview-process.ts',
};

/** A module that is started by its address lies beside the others here, as JavaScript. */
function startedByAddress(): Plugin {
  return {
    name: 'started-by-address',
    enforce: 'pre',
    transform: (code) =>
      code.replace(/new URL\('\.[\w/.-]*?([\w-]+)\.ts', import\.meta\.url\)/g, (_, name: string) => {
        if (!(name in ENTRIES)) throw new Error(`${name}.ts is started by its address, but is no entry of the bundle`);
        return `new URL('./${name}.js', import.meta.url)`;
      }),
  };
}

/**
 * The program as the appliance carries it: types stripped and modules joined, for a small processor spends most of a start on
 * finding, stripping and compiling a thousand files. Packages that find files of their own by their place stay as they are.
 *   vite build --config image/lib/program.vite.ts --outDir FOLDER/build/program
 */
export default defineConfig({
  root: here('../..'),
  plugins: [startedByAddress()],
  ssr: { noExternal: true, external: ['better-sqlite3', 'piscina', 'node-smb2', 'dcmjs-imaging', 'dcmjs-codecs'] },
  build: {
    ssr: true,
    target: 'node24',
    minify: false,
    emptyOutDir: true,
    rollupOptions: {
      input: Object.fromEntries(Object.entries(ENTRIES).map(([name, path]) => [name, here(path)])),
      output: { entryFileNames: '[name].js', chunkFileNames: '[name].js' },
    },
  },
  logLevel: 'warn',
});
