/** A large answer as the texts and bytes that it is made of: it is put together piece by piece while it leaves, never as a whole. */
import { LentBody, type BodySink } from './lent-body.ts';

const pieceBytes = 262_144;
/** Texts shorter than this are joined. */
const joinedLengthMax = 1_024;

/** The piece of an answer that is over, for the next. */
let spare: Buffer | undefined;

export class PartsBody extends LentBody {
  #bytes = 0;
  readonly #parts: (string | Uint8Array)[] = [];
  #text = '';
  #next = 0;
  /** What did not fit into the piece before. */
  #rest: Uint8Array | undefined;
  #isOver = false;

  /** Of all that was added. */
  get bytes(): number {
    return this.#bytes + Buffer.byteLength(this.#text);
  }

  add(part: string | Uint8Array): void {
    if (typeof part === 'string' && part.length < joinedLengthMax) {
      this.#text += part;
      if (this.#text.length >= joinedLengthMax) this.#endText();
      return;
    }
    this.#endText();
    this.#bytes += typeof part === 'string' ? Buffer.byteLength(part) : part.length;
    this.#parts.push(part);
  }

  #endText(): void {
    if (this.#text === '') return;
    this.#bytes += Buffer.byteLength(this.#text);
    this.#parts.push(this.#text);
    this.#text = '';
  }

  /** All of it. */
  text(): string {
    return this.#parts.map((part) => (typeof part === 'string' ? part : Buffer.from(part.buffer, part.byteOffset, part.length).toString('utf8'))).join('') + this.#text;
  }

  flow(sink: BodySink): void {
    this.#endText();
    const piece = spare ?? Buffer.allocUnsafeSlow(pieceBytes);
    spare = undefined;
    let going = false;
    let free = true;
    // Not by recursion: who takes at once would pile up calls.
    const go = () => {
      if (going) return;
      going = true;
      while (free && !this.#isOver) {
        const size = this.#fill(piece);
        if (size === 0) {
          this.#isOver = true;
          spare = piece;
          sink.end();
          break;
        }
        free = false;
        let isTaken = false;
        sink.part(piece.subarray(0, size), () => {
          if (isTaken) return;
          isTaken = true;
          free = true;
          go();
        });
      }
      going = false;
    };
    go();
  }

  destroy(): void {
    // The piece is left to whoever still holds it.
    this.#isOver = true;
  }

  /** The bytes that `piece` holds now, 0 at the end. */
  #fill(piece: Buffer): number {
    let at = 0;
    for (;;) {
      if (!this.#rest) {
        if (this.#next === this.#parts.length) return at;
        const part = this.#parts[this.#next++]!;
        if (typeof part === 'string') {
          // At most three bytes a character.
          if (at + part.length * 3 <= piece.length) {
            at += piece.write(part, at);
            continue;
          }
          this.#rest = Buffer.from(part);
        } else this.#rest = part;
      }
      const size = Math.min(this.#rest.length, piece.length - at);
      piece.set(size === this.#rest.length ? this.#rest : this.#rest.subarray(0, size), at);
      at += size;
      this.#rest = size === this.#rest.length ? undefined : this.#rest.subarray(size);
      if (this.#rest) return at;
    }
  }
}
