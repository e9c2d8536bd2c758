import { group, host, integer, list, optional, pastedText, text, type ValueOf, yesNo } from '../../config/kinds.ts';
import {
  type Certificate,
  dropCertificate,
  isRequested,
  ownNames,
  requestCertificate,
  takeCertificate,
} from '../certificate.ts';
import type { Premises } from '../premises.ts';
import type { Web } from '../route.ts';

const tags = ['certificate'];
const names = list(text({ description: 'A host name or IP address', maxLength: 253 }), { description: 'Names' });
const certificateAnswer = group(
  {
    fingerprint: text({ description: 'SHA-256, as browsers show it' }),
    selfSigned: yesNo({ description: "The box's own; false: one that was put in" }),
    expires_ms: integer(0, Number.MAX_SAFE_INTEGER, { description: 'Its end' }),
    names,
    issuer: text({ description: 'Who issued it', maxLength: 1000 }),
    requested: yesNo({ description: 'A request was made whose certificate has not come yet' }),
    suggested: names,
  },
  { description: "The page's certificate" },
);
export type CertificateAnswer = ValueOf<typeof certificateAnswer>;

/** The certificate of the page. A change counts from the next connection on; nothing is restarted. */
export function certificateRoutes(web: Web, premises: Premises): void {
  const { folder, clock, desk } = premises;
  const answer = (): CertificateAnswer => {
    const { fingerprint, selfSigned, expires_ms, issuer, names } = premises.certificate();
    const about = { fingerprint, selfSigned, expires_ms, issuer, names: [...names] };
    return { ...about, requested: isRequested(folder), suggested: ownNames() };
  };
  const note = (by: string, act: string, { fingerprint }: Pick<Certificate, 'fingerprint'>) =>
    void desk.audit.add({ by, act, details: { fingerprint }, now_ms: clock.now() });

  web.get(
    '/api/certificate',
    {
      config: { right: 'operator' },
      schema: { tags, summary: "The page's certificate", response: { 200: certificateAnswer } },
    },
    async () => answer(),
  );
  web.put(
    '/api/certificate',
    {
      config: { right: 'admin' },
      schema: {
        tags,
        summary: 'Puts in a certificate of your own',
        description:
          "The chain in PEM, the box's certificate first. Without a key, that of the request made here counts.",
        body: group(
          {
            cert: pastedText({ description: 'The certificate and those of its issuers (PEM)' }),
            key: optional(pastedText({ description: 'Its private key (PEM, without a password)' })),
            other_name: yesNo({
              description: 'Take it although it is not for the name that this request came by',
              default: false,
            }),
          },
          { description: 'The certificate' },
        ),
        response: { 200: certificateAnswer },
      },
    },
    async (request) => {
      const { cert, key, other_name } = request.body;
      const calledAs = other_name ? null : request.hostname;
      const taken = await takeCertificate(folder, { cert, ...(key !== undefined && { key }) }, { clock, calledAs });
      note(request.by, 'certificate-put-in', taken);
      await premises.renewCertificate();
      return answer();
    },
  );
  web.delete(
    '/api/certificate',
    {
      config: { right: 'admin' },
      schema: { tags, summary: "Goes back to the box's own certificate", response: { 200: certificateAnswer } },
    },
    async (request) => {
      await dropCertificate(folder);
      await premises.renewCertificate();
      note(request.by, 'certificate-drop', premises.certificate());
      return answer();
    },
  );
  web.post(
    '/api/certificate/request',
    {
      config: { right: 'admin' },
      schema: {
        tags,
        summary: 'Makes a request (PKCS #10) for a certificate',
        description: 'The key stays in the box, until a certificate for it is put in or another request is made.',
        body: group(
          {
            names: list(host({ description: 'A host name or IP address' }), {
              description: 'The names that the certificate is to be for',
              minItems: 1,
              maxItems: 50,
            }),
          },
          { description: 'For what' },
        ),
        response: {
          200: group({ request: pastedText({ description: 'The request (PEM)' }) }, { description: 'The request' }),
        },
      },
    },
    async (request) => {
      const made = await requestCertificate(folder, request.body.names);
      desk.audit.add({
        ...{ by: request.by, act: 'certificate-request', now_ms: clock.now() },
        details: { names: request.body.names.join(', ').slice(0, 500) },
      });
      return { request: made };
    },
  );
}
