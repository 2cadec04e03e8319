/** The log file and its rotation (config-and-operations §6). */
import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { LogSettings } from '../../setting/log-settings.ts';

export type LogFileSettings = NonNullable<LogSettings['file']>;

export class LogFile {
  readonly #folder: string;
  readonly #path: string;
  readonly #settings: LogFileSettings;
  readonly #now: () => Date;
  #fd = -1;
  #bytes = 0;
  #lines = 0;
  #day = '';

  constructor(folder: string, settings: LogFileSettings, now: () => Date) {
    this.#folder = folder;
    this.#path = join(folder, settings.name);
    this.#settings = settings;
    this.#now = now;
    mkdirSync(folder, { recursive: true, mode: 0o750 });
    this.#open();
  }

  write(line: string): void {
    if (this.#fd < 0) return;
    const { rotate, linesMax, bytesMax, daily } = this.#settings;
    if (rotate && ((linesMax > 0 && this.#lines >= linesMax) || (bytesMax > 0 && this.#bytes >= bytesMax) || (daily && this.#day !== dayOf(this.#now())))) this.#rotate();
    this.#bytes += writeSync(this.#fd, line);
    this.#lines++;
  }

  /** After somebody has moved the file away (SIGHUP). */
  reopen(): void {
    this.close();
    this.#open();
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #open(): void {
    this.#fd = openSync(this.#path, 'a', 0o644);
    const stat = fstatSync(this.#fd);
    this.#bytes = stat.size;
    // Counting lines of a file that is already large would delay the start; its size rotates it anyway.
    this.#lines = stat.size > 0 && stat.size < 16_777_216 ? readFileSync(this.#path, 'utf8').split('\n').length - 1 : 0;
    this.#day = dayOf(stat.size > 0 ? stat.mtime : this.#now());
  }

  #rotate(): void {
    this.close();
    let target = `${this.#path}.${this.#day}`;
    for (let n = 1; existsSync(target) && n < 1000; n++) target = `${this.#path}.${this.#day}.${String(n).padStart(3, '0')}`;
    renameSync(this.#path, target);
    this.#open();
    this.#day = dayOf(this.#now());
    this.#removeOld();
  }

  #removeOld(): void {
    const { name, daysMax } = this.#settings;
    if (daysMax <= 0) return;
    const oldest = this.#now().getTime() - daysMax * 86_400_000;
    for (const file of readdirSync(this.#folder)) {
      const path = join(this.#folder, file);
      if (file.startsWith(`${name}.`) && statSync(path).mtimeMs < oldest) rmSync(path, { force: true });
    }
  }
}

const dayOf = (date: Date) => `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
