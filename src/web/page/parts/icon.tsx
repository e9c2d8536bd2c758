/** Strokes on a field of 24 by 24. */
const STROKES = {
  overview: 'M4 13a8 8 0 1 1 16 0M12 13l4-4M7 18h10',
  studies: 'M4 5h16v14H4zM4 10h16M10 10v9',
  send: 'M4 12l16-8-5 16-3-7zM12 13l8-9',
  partners: 'M3 8a3 3 0 1 0 6 0 3 3 0 1 0-6 0M15 16a3 3 0 1 0 6 0 3 3 0 1 0-6 0M9 8h6a3 3 0 0 1 3 3v2',
  targets: 'M5 4h14v6H5zM5 14h14v6H5zM8 7h.01M8 17h.01',
  rules: 'M4 6h6l4 12h6M4 18h6l1-3M17 3l3 3-3 3M17 15l3 3-3 3',
  quarantine: 'M12 3l9 16H3zM12 10v4M12 16.5h.01',
  settings:
    'M9 12a3 3 0 1 0 6 0 3 3 0 1 0-6 0M12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.1 2.1M16.3 16.3l2.1 2.1M5.6 18.4l2.1-2.1M16.3 7.7l2.1-2.1',
  system: 'M4 7h10M18 7h2M4 12h2M10 12h10M4 17h8M16 17h4M14 5v4M8 10v4M14 15v4',
  account: 'M8 8a4 4 0 1 0 8 0 4 4 0 1 0-8 0M4 20a8 8 0 0 1 16 0',
  leave: 'M14 4H5v16h9M10 12h10M16 8l4 4-4 4',
  menu: 'M4 7h16M4 12h16M4 17h16',
  close: 'M6 6l12 12M18 6L6 18',
  up: 'M12 19V5M6 11l6-6 6 6',
  down: 'M12 5v14M6 13l6 6 6-6',
  add: 'M12 5v14M5 12h14',
  remove: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5',
  edit: 'M4 20h4L19 9l-4-4L4 16zM13 7l4 4',
  ok: 'M5 12.5l4.5 4.5L19 7.5',
  warn: 'M12 3l9 16H3zM12 10v4M12 16.5h.01',
  fail: 'M12 3a9 9 0 1 0 0 18 9 9 0 1 0 0-18M9 9l6 6M15 9l-6 6',
  info: 'M12 3a9 9 0 1 0 0 18 9 9 0 1 0 0-18M12 11v5M12 8h.01',
  next: 'M9 5l7 7-7 7',
  search: 'M4 10.5a6.5 6.5 0 1 0 13 0 6.5 6.5 0 1 0-13 0M15.5 15.5L20 20',
  copy: 'M8 8h12v12H8zM16 8V4H4v12h4',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  upload: 'M12 16V5M7 9l5-5 5 5M5 20h14',
  refresh: 'M19 12a7 7 0 1 1-2-5M19 4v4h-4',
} as const;

export type IconName = keyof typeof STROKES;

/** A small picture beside words; it says nothing by itself. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" focusable="false">
      <path d={STROKES[name]} />
    </svg>
  );
}
