import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ApiError } from '../lib/api.ts';
import { placeOf } from '../lib/problems.ts';
import { t } from '../lib/texts.ts';
import { Notice } from './words.tsx';

/**
 * What the box said to what was sent, above the form; put it inside the `form`. The focus goes to the first field that is
 * wrong. Problems of which no field is in sight are listed here.
 */
export function FormProblems({ error }: { error: ApiError | null }) {
  const place = useRef<HTMLDivElement>(null);
  const [unseen, setUnseen] = useState<readonly string[]>([]);

  useLayoutEffect(() => {
    if (error === null) return setUnseen([]);
    const form = place.current?.closest('form, dialog, main') ?? document;
    const places = new Set([...form.querySelectorAll<HTMLElement>('[data-at]')].map((field) => field.dataset.at));
    const others = error.problems.filter(({ path }) => !places.has(placeOf(path)));
    setUnseen(others.map(({ path, message }) => (path.length === 0 ? message : `${placeOf(path)}: ${message}`)));
    const first = form.querySelector<HTMLElement>('[aria-invalid="true"]');
    if (error.problems.length > 0 && first) first.focus();
    else place.current?.focus();
  }, [error]);

  return (
    <div ref={place} tabIndex={-1} class="form-problems">
      {error !== null && (
        <Notice tone="fail" live>
          <p>
            {error.problems.length > unseen.length
              ? t('common.check-fields', { count: error.problems.length })
              : error.message}
          </p>
          {unseen.length > 0 && (
            <ul>
              {unseen.map((words) => (
                <li key={words}>{words}</li>
              ))}
            </ul>
          )}
        </Notice>
      )}
    </div>
  );
}
