/** An activity may do anything: call services, read files, take hours. It is tried again when it fails. */
export async function greet(name: string): Promise<string> {
  return `Hello, ${name}!`;
}
