import { session } from '../lib/session.ts';
import { Page } from '../parts/layout.tsx';

export default function Account() {
  return <Page title={session.value?.name ?? ''} />;
}
