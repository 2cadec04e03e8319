/** Every stored secret written anew (config-and-operations §13.3): after the data keys were rotated, or back to the secret key alone. */

/** A column that holds secrets, and the form in which it holds them. */
export interface SecretColumn {
  readonly table: string;
  readonly column: string;
  /** `text`: base64 of what is encrypted. `json`: a JSON object of such texts. */
  readonly form: 'text' | 'json';
}

export interface EncryptionService {
  rotateDataKeys(): Promise<void>;
  reencryptDataKeys(): Promise<void>;
  /** False when some secret could not be written anew; it stays as it was. */
  reencryptSecrets(): Promise<boolean>;
  /** Seals every secret with the secret key itself. Data keys stay: a secret that nobody listed must not become unreadable. */
  rollbackSecrets(): Promise<boolean>;
}
