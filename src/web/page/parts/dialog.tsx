import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { t } from '../lib/texts.ts';
import { Button } from './button.tsx';
import { TextField } from './fields.tsx';

/** A dialog over the page. The browser keeps the focus in it, closes it on Escape and gives the focus back. */
export function Dialog({ title, onClose, children, actions }: DialogProps) {
  const id = useId();
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={element}
      class="dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <header class="card-head">
        <h2 id={id}>{title}</h2>
        <Button kind="quiet" icon="close" label={t('common.close')} onClick={onClose} />
      </header>
      <div class="dialog-body">{children}</div>
      {actions && <footer class="actions">{actions}</footer>}
    </dialog>
  );
}

interface DialogProps {
  title: ComponentChildren;
  onClose: () => void;
  children?: ComponentChildren;
  actions?: ComponentChildren;
}

export interface Question {
  readonly title: string;
  readonly text?: ComponentChildren;
  /** On the button that does it: the deed, not "OK". */
  readonly confirm: string;
  readonly danger?: boolean;
  /** Label of a field for the reason; without an entry it cannot be confirmed. */
  readonly reason?: string;
}

interface Asked extends Question {
  readonly answer: (reason: string | null) => void;
}

const asked = signal<Asked | null>(null);

/** Asks a person to confirm. The reason that was given ('' where none was asked for), or null: no. */
export function ask(question: Question): Promise<string | null> {
  asked.value?.answer(null);
  return new Promise((resolve) => {
    const answer = (reason: string | null) => {
      asked.value = null;
      resolve(reason);
    };
    asked.value = { ...question, answer };
  });
}

/** Where questions appear; once in the page. */
export function Asking() {
  const question = asked.value;
  return question === null ? null : <AskDialog key={question.title} question={question} />;
}

function AskDialog({ question }: { question: Asked }) {
  const { title, text, confirm, danger, reason: label, answer } = question;
  const [reason, setReason] = useState('');
  const missing = label !== undefined && reason.trim() === '';
  return (
    <Dialog title={title} onClose={() => answer(null)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!missing) answer(reason.trim());
        }}
      >
        {text && <div class="dialog-text">{text}</div>}
        {label && <TextField label={label} value={reason} onChange={setReason} maxLength={200} required />}
        <div class="actions end">
          <Button onClick={() => answer(null)}>{t('common.cancel')}</Button>
          <Button type="submit" kind={danger ? 'danger' : 'primary'} disabled={missing}>
            {confirm}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
