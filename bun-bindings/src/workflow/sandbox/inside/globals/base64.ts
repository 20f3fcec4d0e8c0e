import { DOMException } from './dom-exception.ts';

/** `atob` and `btoa`: between text of which each character is a byte, and base64. */
export function makeAtob(): (data: string) => string {
  return function atob(data) {
    let bytes: Uint8Array;
    try {
      // Its spaces are those that the standard has `atob` skip, and its padding may be left out.
      bytes = Uint8Array.fromBase64(`${data}`, { lastChunkHandling: 'loose' });
    } catch {
      throw new DOMException('The string to be decoded is not correctly encoded.', 'InvalidCharacterError');
    }
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    return text;
  };
}

export function makeBtoa(): (data: string) => string {
  return function btoa(data) {
    const text = `${data}`;
    const bytes = new Uint8Array(text.length);
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code > 255) throw new DOMException('Invalid character', 'InvalidCharacterError');
      bytes[index] = code;
    }
    return bytes.toBase64();
  };
}
