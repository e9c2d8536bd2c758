import { said } from '../said.ts';

export const caFile = said(
  'Vertrauenswürdige Zertifikate',
  'Trusted certificates',
  'Zertifikate (PEM), denen statt denen des Systems vertraut wird',
);
export const keyFile = said('Privater Schlüssel', 'Private key', 'Datei mit dem privaten Schlüssel (PEM)');
export const certFile = said('Zertifikat', 'Certificate', 'Datei mit der Zertifikatskette (PEM)');
export const security = {
  ...said(
    'Verschlüsselung',
    'Encryption',
    'Verschlüsselung der Leitung: STARTTLS (mit einem Befehl begonnen) oder TLS (vom ersten Byte an). Ohne geht es nicht',
  ),
  values: { starttls: { de: 'STARTTLS', en: 'STARTTLS' }, tls: { de: 'TLS', en: 'TLS' } },
};
