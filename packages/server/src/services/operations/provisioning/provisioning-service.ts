import type { Logger } from '../../../infra/log/log.ts';
import { type Provisioner, type ProvisionerName, provisionerNames, provisioningErrors, type ProvisioningService } from './provisioning.ts';

export function createProvisioningService({ log }: { readonly log: Logger }): ProvisioningService {
  const provisioners = new Map<ProvisionerName, Provisioner[]>();
  const underWay = new Map<ProvisionerName, Promise<void>>();

  // Two reloads of one kind do not run at once: the second waits, then reads what the files say by then.
  const provision = (name: ProvisionerName, { starting = false } = {}): Promise<void> => {
    const previous = underWay.get(name) ?? Promise.resolve();
    const next = previous.catch(() => {}).then(async () => {
      for (const provisioner of provisioners.get(name) ?? []) await (starting && provisioner.begin ? provisioner.begin() : provisioner.provision());
    });
    underWay.set(name, next);
    return next;
  };

  return {
    register(provisioner) {
      provisioners.set(provisioner.name, [...(provisioners.get(provisioner.name) ?? []), provisioner]);
    },
    async run() {
      for (const name of provisionerNames) await provision(name, { starting: true });
    },
    async reload(name) {
      try {
        await provision(name);
      } catch (error) {
        log.error('Provisioning failed', { provisioner: name, error });
        throw name === 'plugins' ? provisioningErrors.pluginsReloadFailed() : provisioningErrors.reloadFailed();
      }
    },
  };
}
