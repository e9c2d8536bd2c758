import { ApiError, api } from './api.ts';
import { tell } from './tell.ts';
import { t } from './texts.ts';

const MARK = '#keep-network=';

/**
 * Whoever comes by the link that the box gave when its address was changed has reached it at the new one: that confirms the
 * change, whether somebody is logged in here or not.
 */
export async function keepNetwork(): Promise<void> {
  if (!location.hash.startsWith(MARK)) return;
  const token = location.hash.slice(MARK.length);
  history.replaceState(null, '', location.pathname + location.search);
  try {
    await api.post('/api/appliance/network/reached', { token });
    tell('ok', t('appliance.kept'));
  } catch (thrown) {
    if (!(thrown instanceof ApiError)) throw thrown;
    tell('fail', t('appliance.not-kept', { reason: thrown.message }));
  }
}
