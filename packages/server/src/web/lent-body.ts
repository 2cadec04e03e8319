/** A body that comes in parts which are only lent: large answers of others go through without a copy. */
import type { Readable } from 'node:stream';

export interface BodySink {
  /** The bytes are good until `taken` is called; what comes next comes after that. */
  part(bytes: Buffer, taken: () => void): void;
  end(): void;
  failed(error: Error): void;
}

export abstract class LentBody {
  /** Starts the flow, once. Nothing is called before it. */
  abstract flow(sink: BodySink): void;
  /** Nobody wants the rest. Nothing is called any more. */
  abstract destroy(): void;

  /** Reads the rest and drops it, so that the connection is free; a long rest is not waited for. */
  discard(): void {
    let size = 0;
    this.flow({
      part: (bytes, taken) => {
        size += bytes.length;
        if (size > discardedBytesMax) this.destroy();
        else taken();
      },
      end: () => {},
      failed: () => {},
    });
  }

  /** Part by part, copied: for those who keep them. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    const parts: { readonly bytes: Buffer; readonly taken: () => void }[] = [];
    let over = false;
    let failure: Error | undefined;
    let wake = () => {};
    this.flow({
      part(bytes, taken) {
        parts.push({ bytes: Buffer.from(bytes), taken });
        wake();
      },
      end() {
        over = true;
        wake();
      },
      failed(error) {
        over = true;
        failure = error;
        wake();
      },
    });
    try {
      for (;;) {
        const next = parts.shift();
        if (next) {
          yield next.bytes;
          next.taken();
        } else if (failure) throw failure;
        else if (over) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      if (!over) this.destroy();
    }
  }
}

const discardedBytesMax = 131_072;

/** Of a stream, whose parts are its own. */
export class StreamBody extends LentBody {
  readonly #stream: Readable;

  constructor(stream: Readable) {
    super();
    this.#stream = stream;
  }

  flow(sink: BodySink): void {
    const stream = this.#stream;
    stream.on('data', (part: Buffer) => {
      let taken = false;
      sink.part(part, () => {
        taken = true;
        if (stream.isPaused()) stream.resume();
      });
      if (!taken) stream.pause();
    });
    stream.once('end', () => sink.end());
    stream.once('error', (error) => sink.failed(error));
  }

  destroy(): void {
    // What is not read complains about being let go.
    this.#stream.on('error', () => {});
    this.#stream.destroy();
  }
}
