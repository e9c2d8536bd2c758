import { attempt } from '../lib/action.ts';
import { api } from '../lib/api.ts';
import { leave, welcome } from '../lib/enter.ts';
import { type Session, session } from '../lib/session.ts';
import { rememberLanguage, t } from '../lib/texts.ts';
import { Button, LinkButton } from '../parts/button.tsx';
import { SelectField } from '../parts/fields.tsx';
import { Card, Cards, Page } from '../parts/layout.tsx';
import { ChangePassword } from './account/password.tsx';
import { SecondFactor } from './account/second-factor.tsx';
import { OwnSessions } from './account/sessions.tsx';

/** From now on, on every device; what was chosen in this browser is over. */
async function speakTo(language: string): Promise<void> {
  rememberLanguage(null);
  await welcome(await api.patch<Session>('/api/session', { language }));
}

export default function Account() {
  const me = session.value;
  if (me === null) return null;
  const lead = t('session.account-lead', { name: me.name, role: t(`common.role-${me.role}`) });
  return (
    <Page title={t('session.account')} lead={lead} actions={<Button onClick={leave}>{t('session.logout')}</Button>}>
      <Cards>
        <ChangePassword />
        <SecondFactor />
        <Card title={t('common.language')}>
          <SelectField
            label={t('common.language')}
            description={t('session.language-hint')}
            value={me.language}
            options={[
              { value: 'de', label: 'Deutsch' },
              { value: 'en', label: 'English' },
            ]}
            onChange={(language) => void attempt(() => speakTo(language))}
          />
        </Card>
        <Card title={t('tokens.title')}>
          <p>{t('tokens.card-words')}</p>
          <div class="actions end">
            <LinkButton href="/account/tokens">{t('tokens.manage')}</LinkButton>
          </div>
        </Card>
        <OwnSessions />
      </Cards>
    </Page>
  );
}
