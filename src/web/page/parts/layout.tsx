import type { ComponentChildren } from 'preact';
import { useEffect, useId } from 'preact/hooks';

/** A page: its heading, what can be done on it, its content. The heading can take the focus: so another page is announced. */
export function Page({ title, lead, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Rohrpost`;
  }, [title]);
  return (
    <>
      <header class="page-head">
        <div>
          <h1 tabIndex={-1}>{title}</h1>
          {lead && <p class="lead">{lead}</p>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </>
  );
}

interface PageProps {
  title: string;
  /** One sentence below the title. */
  lead?: ComponentChildren;
  actions?: ComponentChildren;
  children?: ComponentChildren;
}

/** A framed part of a page. `wide`: over the whole width where cards stand side by side. */
export function Card({ title, actions, wide, children }: CardProps) {
  const id = useId();
  return (
    <section class={wide ? 'card wide' : 'card'} aria-labelledby={title ? id : undefined}>
      {title && (
        <header class="card-head">
          <h2 id={id}>{title}</h2>
          {actions && <div class="actions">{actions}</div>}
        </header>
      )}
      {children}
    </section>
  );
}

interface CardProps {
  title?: ComponentChildren;
  actions?: ComponentChildren;
  wide?: boolean;
  children?: ComponentChildren;
}

/** Cards side by side where there is room. */
export function Cards({ children }: { children: ComponentChildren }) {
  return <div class="cards">{children}</div>;
}

/** Names and values. */
export function Facts({ rows }: { rows: readonly (readonly [ComponentChildren, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {rows.map(([name, value], index) => (
        <div key={index}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
