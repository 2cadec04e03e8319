/** Search for dashboards and folders on the classic route (dashboards-and-content §7.1). */
import { ApiError, defineErrors } from '../../../web/errors.ts';

export const searchErrors = defineErrors('search', {
  failed: [400, 'Search failed'],
  limit: [422, 'Limit is above maximum allowed (5000), use page parameter to access hits beyond limit'],
  idsAndUids: [400, 'search supports UIDs or IDs, not both'],
});

/** Compat: 401, although the caller is known. */
export const unauthorizedSearch = () => new ApiError(401, 'Unauthorized');

export const sortOptions = [
  { name: 'alpha-asc', displayName: 'Alphabetically (A–Z)', description: 'Sort results in an alphabetically ascending order', meta: '' },
  { name: 'alpha-desc', displayName: 'Alphabetically (Z–A)', description: 'Sort results in an alphabetically descending order', meta: '' },
] as const;
