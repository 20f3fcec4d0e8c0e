/** Makes a greeting. An activity may do anything: read files, call services, take hours. */
export async function greet(name: string): Promise<string> {
  return `Hello, ${name}!`;
}
