import { oneOf, path } from '../kinds.ts';

export const caFile = () => path({ description: 'Certificates (PEM) to trust instead of those of the system' });
export const keyFile = () => path({ description: 'Private key (PEM)' });
export const certFile = () => path({ description: 'Certificate chain (PEM)' });
export const security = (usual: 'starttls' | 'tls' = 'starttls') =>
  oneOf(['starttls', 'tls'], {
    description:
      'Encryption of the line: starttls (begun by command) or tls (from the first byte). There is no plain one',
    default: usual,
  });
