import { examineKind } from '../../apiserver/examine-kind.ts';
import { userStorageKind } from './user-storage-kind.ts';

// What somebody stores is named after them; only its owner and server administrators see it.
examineKind(userStorageKind, {
  name: 'shell:u-ada', valid: { data: { theme: 'dark' } }, changed: { data: { theme: 'light' } }, invalid: { data: { size: 12 } },
  mayWrite: ['ada'], mayNotWrite: [],
});
