import type { ComponentChildren } from 'preact';

export interface Head {
  readonly label: string;
  /** Figures stand to the right. */
  readonly figures?: boolean;
  /** Its label is for screen readers only: a column of buttons. */
  readonly unseen?: boolean;
}

export interface Row {
  readonly key: string;
  readonly cells: readonly ComponentChildren[];
}

/**
 * A table. The first cell of a row names it. On a narrow screen every row is a small card with the labels beside the values.
 */
export function Table({ head, rows, caption, empty }: TableProps) {
  if (rows.length === 0 && empty) return <>{empty}</>;
  const columns = head.map((column) => (typeof column === 'string' ? { label: column } : column) as Head);
  return (
    <table class="table">
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ label, figures, unseen }) => (
            <th key={label} scope="col" class={figures ? 'figures' : undefined}>
              <span class={unseen ? 'unseen' : undefined}>{label}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ key, cells }) => (
          <tr key={key}>
            {cells.map((cell, index) => (
              <Cell key={columns[index]?.label} column={columns[index]} first={index === 0}>
                {cell}
              </Cell>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell({ column, first, children }: { column: Head | undefined; first: boolean; children: ComponentChildren }) {
  const more = {
    class: column?.figures ? 'figures' : undefined,
    'data-label': column?.unseen ? undefined : column?.label,
    // One box, so that a narrow screen can put it beside its label.
    children: <div>{children}</div>,
  };
  return first ? <th scope="row" {...more} /> : <td {...more} />;
}

interface TableProps {
  head: readonly (Head | string)[];
  rows: readonly Row[];
  /** What the table shows, for those who do not see what stands around it. */
  caption: string;
  /** Instead of a table without rows. */
  empty?: ComponentChildren;
}
