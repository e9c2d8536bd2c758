import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { Preferences } from './preferences.tsx';
import { Toasts } from './toasts.tsx';

/** A page without navigation: nobody is logged in, or something must be done first. */
export function AlonePage({ title, children }: { title: string; children: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} · Rohrpost`;
  }, [title]);
  return (
    <main class="alone">
      <p class="brand">
        <img src="/icon.svg" alt="" width="28" height="28" />
        <span>Rohrpost</span>
      </p>
      <h1>{title}</h1>
      {children}
      <Preferences />
      <Toasts />
    </main>
  );
}
