import { callHost, host } from '../bridge.ts';

/** `TextEncoder` whose results are arrays of this realm. */
export class TextEncoder {
  readonly #host = new host.TextEncoder();

  get encoding(): string {
    return 'utf-8';
  }

  encode(input = ''): Uint8Array {
    const text = `${input}`;
    return new Uint8Array(callHost(() => this.#host.encode(text)));
  }

  encodeInto(source: string, destination: Uint8Array): { read: number; written: number } {
    const { read, written } = callHost(() => this.#host.encodeInto(`${source}`, destination));
    return { read, written };
  }
}

/** `TextDecoder` whose errors are errors of this realm. */
export class TextDecoder {
  readonly #host: globalThis.TextDecoder;

  constructor(label = 'utf-8', options: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
    const { fatal = false, ignoreBOM = false } = options;
    this.#host = callHost(
      () => new host.TextDecoder(`${label}` as 'utf-8', { fatal: !!fatal, ignoreBOM: !!ignoreBOM }),
    );
  }

  get encoding(): string {
    return this.#host.encoding;
  }

  get fatal(): boolean {
    return this.#host.fatal;
  }

  get ignoreBOM(): boolean {
    return this.#host.ignoreBOM;
  }

  decode(input?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string {
    return callHost(() => this.#host.decode(input as Uint8Array, { stream: !!options?.stream }));
  }
}
