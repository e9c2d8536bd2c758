import type { ApiError } from '../lib/api.ts';
import { t } from '../lib/texts.ts';
import { Button, LinkButton } from './button.tsx';
import { Page } from './layout.tsx';
import { Notice } from './words.tsx';

/** The box does not answer, so there is nothing to show. */
export function Unreachable({ error, onRetry }: { error: ApiError; onRetry: () => Promise<void> }) {
  return (
    <main class="alone">
      <h1>Rohrpost</h1>
      <Notice tone="fail" live>
        <p>{error.message}</p>
      </Notice>
      <Button kind="primary" onClick={onRetry}>
        {t('common.retry')}
      </Button>
    </main>
  );
}

/** What a page shows while it cannot be read; keeps the page's place. */
export function Failure({ error, onRetry }: { error: ApiError; onRetry?: () => Promise<void> }) {
  return (
    <Notice tone="fail" live>
      <p>{error.message}</p>
      {onRetry && <Button onClick={onRetry}>{t('common.retry')}</Button>}
    </Notice>
  );
}

export function PageFailed() {
  return (
    <Notice tone="fail" live>
      <p>{t('common.page-failed')}</p>
      <Button onClick={() => location.reload()}>{t('common.reload')}</Button>
    </Notice>
  );
}

export function NotFound() {
  return (
    <Page title={t('common.not-found')}>
      <p>{t('common.not-found-words')}</p>
      <LinkButton href="/">{t('common.to-overview')}</LinkButton>
    </Page>
  );
}
