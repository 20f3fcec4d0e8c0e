import { sleep } from '@temporalio/workflow';

type Name = string;

function unused(name: Name): Name {
  return name.toUpperCase();
}

export async function main(name: Name): Promise<string> {
  if (name === '') return unused(name);
  await sleep(1);
  return `Hello, ${name}!`;
}
