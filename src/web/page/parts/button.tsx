import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { attempt } from '../lib/action.ts';
import { Icon, type IconName } from './icon.tsx';

export type ButtonKind = 'primary' | 'plain' | 'danger' | 'quiet';

/**
 * A button. While what `onClick` started is under way it is busy and cannot be pressed again; what the box answers to that
 * beyond success is said in passing, unless `onClick` took care of it.
 */
export function Button({
  kind = 'plain',
  onClick,
  busy,
  type = 'button',
  icon,
  label,
  children,
  ...more
}: ButtonProps) {
  const [working, setWorking] = useState(false);
  const running = useRef(false);
  const isBusy = busy === true || working;

  const press = async (event: MouseEvent) => {
    if (isBusy || running.current || more.disabled) return event.preventDefault();
    const result = onClick?.(event);
    if (!(result instanceof Promise)) return;
    running.current = true;
    setWorking(true);
    await attempt(() => result);
    running.current = false;
    setWorking(false);
  };
  return (
    // Not `disabled` while busy: that would take the focus away from whoever pressed it.
    <button
      type={type}
      class={`button ${kind}${isBusy ? ' busy' : ''}${children === undefined ? ' only-icon' : ''}`}
      aria-busy={isBusy}
      aria-disabled={isBusy || more.disabled || undefined}
      aria-label={label}
      title={children === undefined ? label : undefined}
      aria-expanded={more.expanded}
      aria-controls={more.controls}
      onClick={(event) => void press(event)}
    >
      {icon && <Icon name={icon} />}
      {children !== undefined && <span>{children}</span>}
    </button>
  );
}

interface ButtonProps {
  kind?: ButtonKind;
  onClick?: (event: MouseEvent) => unknown;
  busy?: boolean;
  type?: 'button' | 'submit';
  disabled?: boolean;
  icon?: IconName;
  /** Spoken instead of the content; needed where there is only an icon. */
  label?: string;
  expanded?: boolean;
  controls?: string;
  children?: ComponentChildren;
}

/** A link that looks like a button. */
export function LinkButton({ href, kind = 'plain', icon, download, children }: LinkButtonProps) {
  return (
    <a class={`button ${kind}`} href={href} download={download}>
      {icon && <Icon name={icon} />}
      <span>{children}</span>
    </a>
  );
}

interface LinkButtonProps {
  href: string;
  kind?: ButtonKind;
  icon?: IconName;
  /** The browser saves what is there instead of showing it. */
  download?: boolean | string;
  children: ComponentChildren;
}
