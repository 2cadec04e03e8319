/** Short messages at the edge of the page. */
import { AppEvents } from '@grafana/data';
import { getAppEvents } from '@grafana/runtime';
import { errorText } from '../api/client.ts';

export const notifySuccess = (text: string) => getAppEvents().publish({ type: AppEvents.alertSuccess.name, payload: [text] });
export const notifyError = (what: string, error?: unknown) => getAppEvents().publish({ type: AppEvents.alertError.name, payload: error === undefined ? [what] : [what, errorText(error)] });

/** Does what a person asked for, and says how it ended. True: it was done. */
export async function attempt(work: () => Promise<unknown>, done: string, failed: string): Promise<boolean> {
  try {
    await work();
    notifySuccess(done);
    return true;
  } catch (error) {
    notifyError(failed, error);
    return false;
  }
}
