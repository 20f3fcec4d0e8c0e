// The activities of all contestants.
export async function greet(name) {
  return `Hello, ${name}!`;
}

export async function echo(bytes) {
  return bytes;
}
