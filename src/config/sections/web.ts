import { group, host, listenPort, nullable } from '../kinds.ts';

export const web = group(
  {
    host: host({ description: 'Address to listen on', default: '0.0.0.0' }),
    port: listenPort({ description: 'Port of the page (HTTPS)', default: 443 }),
    redirect_port: nullable(listenPort({ description: 'Port that only leads to the page (HTTP)' }), {
      description: 'Port that only leads to the page (HTTP); off (null): none',
      default: 80,
    }),
  },
  { description: 'The page in the browser', default: {} },
);
