/** Every stored secret written anew (config-and-operations §13.3): after the data keys were rotated, or back to the secret key alone. */

/** A column that holds secrets, and the form in which it holds them. */
export interface SecretColumn {
  readonly table: string;
  readonly column: string;
  /** `text`: base64 of what is encrypted. `bytes`: what is encrypted, as it is. */
  readonly form: 'text' | 'bytes' | SecretsWithin;
  /** Columns that follow from the new text. */
  readonly alongside?: (text: string) => Readonly<Record<string, string>>;
}

/** A text that holds secrets among other things: gives it back with each of them, base64 of what is encrypted, written anew. */
export type SecretsWithin = (text: string, anew: (secret: string) => Promise<string>) => Promise<string>;

export interface EncryptionService {
  rotateDataKeys(): Promise<void>;
  reencryptDataKeys(): Promise<void>;
  /** False when some secret could not be written anew; it stays as it was. */
  reencryptSecrets(): Promise<boolean>;
  /** Seals every secret with the secret key itself. Data keys stay: a secret that nobody listed must not become unreadable. */
  rollbackSecrets(): Promise<boolean>;
}
