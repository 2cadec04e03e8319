import { grafanaAdmin } from '../../../web/access.ts';
import { empty, note, text } from '../../../web/reply.ts';
import type { Routes } from '../../../web/route.ts';
import type { EncryptionService } from './encryption.ts';

/** POST /api/admin/encryption/… (config-and-operations §10, §13.3). */
export function encryptionRoutes(routes: Routes, { encryption, userFacingError }: { readonly encryption: EncryptionService; readonly userFacingError: string }): void {
  const partly = () => note(`Something unexpected happened - ${userFacingError}`, {}, 206);
  const options = (name: string) => ({ access: grafanaAdmin, name, tag: 'encryption' });
  routes.post('/api/admin/encryption/rotate-data-keys', options('adminRotateDataEncryptionKeys'), async () => {
    await encryption.rotateDataKeys();
    return empty();
  });
  routes.post('/api/admin/encryption/reencrypt-data-keys', options('adminReEncryptEncryptionKeys'), async () => {
    await encryption.reencryptDataKeys();
    return text('Data encryption keys re-encrypted successfully');
  });
  routes.post('/api/admin/encryption/reencrypt-secrets', options('adminReEncryptSecrets'), async () =>
    (await encryption.reencryptSecrets()) ? text('Secrets re-encrypted successfully') : partly());
  routes.post('/api/admin/encryption/rollback-secrets', options('adminRollbackSecrets'), async () =>
    (await encryption.rollbackSecrets()) ? text('Secrets rolled back successfully') : partly());
}
