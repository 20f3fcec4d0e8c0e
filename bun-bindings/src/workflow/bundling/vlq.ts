/** Mappings of a source map: for each line of the code the places in it that are mapped, each with its fields as they are. */
export type Mappings = Segment[][];

/** `[column]`, or `[column, source, line, column]`, perhaps with a name; all are counted from 0. */
export type Segment = number[];

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Map([...DIGITS].map((digit, value) => [digit, value]));

/** Reads the `mappings` of a source map. */
export function decodeMappings(text: string): Mappings {
  const last = [0, 0, 0, 0, 0];
  return text.split(';').map((line) => {
    last[0] = 0;
    if (line === '') return [];
    return line.split(',').map((field) =>
      decodeNumbers(field).map((change, index) => {
        const value = (last[index] ?? 0) + change;
        last[index] = value;
        return value;
      }),
    );
  });
}

/** Writes the `mappings` of a source map. */
export function encodeMappings(mappings: Mappings): string {
  const last = [0, 0, 0, 0, 0];
  return mappings
    .map((line) => {
      last[0] = 0;
      return line
        .map((segment) =>
          segment
            .map((value, index) => {
              const change = value - (last[index] ?? 0);
              last[index] = value;
              return encodeNumber(change);
            })
            .join(''),
        )
        .join(',');
    })
    .join(';');
}

/** Digits hold five bits each, the lowest first; the sixth says that more follow. The lowest bit of all is the sign. */
function decodeNumbers(text: string): number[] {
  const numbers: number[] = [];
  let bits = 0;
  let shift = 0;
  for (const character of text) {
    const digit = VALUES.get(character);
    if (digit === undefined) throw new SyntaxError(`A source map has '${character}' in its mappings`);
    bits |= (digit & 31) << shift;
    if (digit & 32) {
      shift += 5;
    } else {
      numbers.push(bits & 1 ? -(bits >>> 1) : bits >>> 1);
      bits = shift = 0;
    }
  }
  return numbers;
}

function encodeNumber(value: number): string {
  let bits = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = '';
  do {
    const digit = bits & 31;
    bits >>>= 5;
    text += DIGITS[bits > 0 ? digit | 32 : digit];
  } while (bits > 0);
  return text;
}
