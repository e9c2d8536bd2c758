import { createHash } from 'node:crypto';
import type { Language } from '../../src/core/errors.ts';
import { sayIn } from '../../src/core/texts.ts';
import { COLUMNS, momentOf, type StatusRow, statusSummary } from './status.ts';
import { messages } from './texts/messages.ts';

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 2rem auto; max-width: 75rem; padding: 0 1rem }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { text-align: start; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #8884; white-space: nowrap }
td:nth-child(5)::before { content: "● " }
.green td:nth-child(5)::before { color: #188038 }
.yellow td:nth-child(5)::before { color: #b06000 }
.red td:nth-child(5)::before { color: #c5221f }
.silent td:nth-child(5)::before { content: "○ " }
.silent, .red { font-weight: 600 }
`;

/**
 * The table of the fleet as one HTML file: nothing comes from elsewhere, nothing in it runs, and what boxes say of themselves is
 * text and nothing else.
 */
export function statusPage(rows: readonly StatusRow[], now_ms: number, language: Language): string {
  const say = sayIn(messages, language);
  const title = `Rohrpost: ${say('status-title')}`;
  const hash = createHash('sha256').update(STYLE).digest('base64');
  const head = COLUMNS.map((column) => `<th scope="col">${html(say(`col-${column}`))}</th>`).join('');
  const body = rows.map((row) => {
    const cells = COLUMNS.map((column) => `<td>${html(row[column])}</td>`);
    return `<tr class="${row.tone}">${cells.join('')}</tr>`;
  });
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'">
<title>${html(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${html(title)}</h1>
<p>${html(rows.length === 0 ? say('status-none') : statusSummary(rows, language))}</p>
<p>${html(say('status-made', { moment: momentOf(new Date(now_ms).toISOString()) }))}</p>
<div class="wide" role="region" aria-label="${html(say('status-title'))}" tabindex="0">
<table>
<thead><tr>${head}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table>
</div>
</body>
</html>
`;
}

function html(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => names[character]!);
}
