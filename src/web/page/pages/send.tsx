import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso';
import type { LookAnswer, SentAnswer } from '../../routes/send.ts';
import type { StudyDetails } from '../../studies/answers.ts';
import { useAction } from '../lib/action.ts';
import { api } from '../lib/api.ts';
import { dicomNameText } from '../lib/format.ts';
import { t } from '../lib/texts.ts';
import { Button } from '../parts/button.tsx';
import { ask } from '../parts/dialog.tsx';
import { Page } from '../parts/layout.tsx';
import { FormProblems } from '../parts/problems.tsx';
import { batch } from './send/batch.ts';
import { Contents, patientText, useContents } from './send/contents.tsx';
import { Files } from './send/files.tsx';
import { type Choice, firstChoice, homeOf, missingOf, NOTHING, orderOf } from './send/order.ts';
import { Sent } from './send/sent.tsx';
import { usePartners, Whom } from './send/whom.tsx';
import './send/send.css';

/** Files → what is in them → to whom → is this right? → on its way. */
export default function SendPage() {
  const [sent, setSent] = useState<SentAnswer | null>(null);
  return (
    <Page title={t('send.title')} lead={t('send.lead')}>
      {sent ? <Sent sent={sent} onAgain={() => setSent(null)} /> : <Sending onSent={setSent} />}
    </Page>
  );
}

function Sending({ onSent }: { onSent: (sent: SentAnswer) => void }) {
  const [choice, setChoice] = useState<Choice>(NOTHING);
  const contents = useContents();
  const partners = usePartners();
  const { look } = contents;
  useHomeOfAddress(setChoice);
  useEffect(() => {
    if (look) setChoice((before) => firstChoice(look, before));
  }, [look]);

  const send = useAction(async () => {
    const uploads = batch.entries.flatMap(({ id, state }) => (state === 'done' && id !== null ? id : []));
    const answer = await api.post<SentAnswer>('/api/send', orderOf(choice, uploads));
    batch.clear({ sent: true });
    onSent(answer);
  });
  const names = new Map(partners.value?.partners.map(({ id, name }) => [id, name]));
  const check = async () => {
    const confirmed = await ask({
      title: t('send.check-title'),
      text: <Check look={look!} choice={choice} names={names} />,
      confirm: t('send.check-confirm'),
    });
    if (confirmed !== null) await send.run();
  };
  const missing = look ? missingOf(choice) : 'content';
  return (
    // Side by side where there is room, so that what is found does not push away what is being chosen.
    <div class="sending">
      <div>
        <Files />
        <Contents contents={contents} choice={choice} onChange={setChoice} />
      </div>
      <div>
        <Whom partners={partners} choice={choice} onChange={setChoice} />
        <FormProblems error={send.error} />
        <div class="actions">
          <Button kind="primary" icon="send" disabled={missing !== null} busy={send.busy} onClick={check}>
            {t('send.check')}
          </Button>
          <span class="hint" role="status">
            {missing && t(`send.missing-${missing}`)}
          </span>
        </div>
      </div>
    </div>
  );
}

/** `/send?study=ID`: whoever came from a study wants to add a document to it. */
function useHomeOfAddress(setChoice: (change: (before: Choice) => Choice) => void): void {
  const { study } = useLocation().query;
  useEffect(() => {
    if (!study) return;
    void api.get<StudyDetails>(`/api/studies/${encodeURIComponent(study)}`).then(
      ({ id, patient, description }) => {
        const homeName = [dicomNameText(patient.name), description].filter((word) => word !== '').join(' · ') || id;
        setChoice((before) => ({ ...before, home: id, homeName }));
      },
      () => {},
    );
  }, [study, setChoice]);
}

/** Is this the right patient, the right partner? What is about to leave the house, in one view. */
function Check({ look, choice, names }: { look: LookAnswer; choice: Choice; names: ReadonlyMap<string, string> }) {
  const studies = look.studies.filter(({ study_uid }) => choice.studies.has(study_uid));
  const home = studies.find(({ study_uid }) => study_uid === homeOf(choice));
  const homeName = home?.patients[0] ? patientText(home.patients[0]) : choice.homeName;
  return (
    <div class="check-before">
      {studies.length > 0 && (
        <>
          <h3>{t('send.check-patient')}</h3>
          <ul class="check-list">
            {studies.flatMap(({ study_uid, patients, images, description }) =>
              patients.map((patient) => (
                <li key={`${study_uid} ${patient.id} ${patient.name}`}>
                  <strong>{patientText(patient)}</strong>: {description} {t('send.images', { count: images })}
                </li>
              )),
            )}
          </ul>
        </>
      )}
      {choice.documents.size > 0 && (
        <p>{t('send.check-documents', { count: choice.documents.size, name: homeName })}</p>
      )}
      <h3>{t('send.check-partner')}</h3>
      <ul class="check-list">
        {[...choice.partners].map((id) => (
          <li key={id}>
            <strong>{names.get(id) ?? id}</strong>
          </li>
        ))}
      </ul>
      {choice.urgent && <p>{t('send.check-urgent')}</p>}
    </div>
  );
}
