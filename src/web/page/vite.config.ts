import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';
import type { Language } from '../../core/errors.ts';
import { webTexts } from '../texts.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** `virtual:texts/de`, `virtual:texts/en`: the texts of one language, so that nobody loads both. */
function textsByLanguage(): Plugin {
  const prefix = 'virtual:texts/';
  return {
    name: 'texts-by-language',
    resolveId: (id) => (id.startsWith(prefix) ? `\0${id}` : null),
    load: (id) => {
      if (!id.startsWith(`\0${prefix}`)) return null;
      const language = id.slice(prefix.length + 1) as Language;
      const texts = Object.entries(webTexts).map(([key, text]) => [key, text[language]]);
      return `export default ${JSON.stringify(Object.fromEntries(texts))};`;
    },
  };
}

/** Beside each file its compressed forms, so that the box does not compress while it receives images. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    writeBundle: async ({ dir = '' }) => {
      const names = await readdir(dir, { recursive: true });
      for (const path of names.filter((name) => /\.(?:js|css|svg|html)$/.test(name)).map((name) => join(dir, name))) {
        const bytes = await readFile(path);
        await writeFile(`${path}.gz`, gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }));
        await writeFile(`${path}.br`, brotliCompressSync(bytes));
      }
    },
  };
}

/** The page as files with hashed names, without a script or a style inside the document: the server's policy allows none. */
export default defineConfig({
  root: here('.'),
  base: '/',
  publicDir: here('./public'),
  plugins: [textsByLanguage(), compressed()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: here('../../../build/page'),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
  },
  logLevel: 'warn',
});
