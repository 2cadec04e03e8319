/** Points in time and spans, as people read them. */
import { dateTimeFormat, dateTimeFormatTimeAgo } from '@grafana/data';

/** What Go sends for "never" begins with this. */
const never = '0001-01-01';

export const isSet = (time: string | null | undefined): time is string => typeof time === 'string' && time !== '' && !time.startsWith(never);
export const dateText = (time: string | number | null | undefined, none = 'Never') => (typeof time === 'number' || isSet(time) ? dateTimeFormat(time) : none);
export const agoText = (time: string | number | null | undefined, none = 'Never') => (typeof time === 'number' || isSet(time) ? dateTimeFormatTimeAgo(time) : none);
