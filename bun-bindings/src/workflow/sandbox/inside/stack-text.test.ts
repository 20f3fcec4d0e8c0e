import { expect, test } from 'bun:test';
import { cleanUpProjects, TemporaryProject } from '../../../../tests/support/temporary-project.ts';

cleanUpProjects();

const source = `
const E = Error as unknown as { prepareStackTrace: unknown };
function stackWith(formatter: unknown, error: () => { stack?: unknown }) {
  const before = E.prepareStackTrace;
  E.prepareStackTrace = formatter;
  try { return error().stack; } finally { E.prepareStackTrace = before; }
}
const sites = (_: unknown, all: unknown) => all;
export async function places() {
  const [site]: any = stackWith(sites, () => new Error());
  return [site.getFileName(), site.getLineNumber(), site.isNative(), site.isAsync(), site.isConstructor(), site.getThis() === undefined];
}
export async function captured() {
  const all: any = stackWith(sites, () => { const holder = {}; Error.captureStackTrace(holder); return holder; });
  const without: any = stackWith(sites, () => { const holder = {}; Error.captureStackTrace(holder, stackWith); return holder; });
  return [all.map((site: any) => site.getFunctionName()).includes('stackWith'), without.map((site: any) => site.getFunctionName())];
}
export async function belongings() {
  const all: any = stackWith(sites, () => new Error());
  return [all instanceof Array, all.every((site: any) => site instanceof Object && site.getFileName.constructor === Function)];
}
export async function keeps() { E.prepareStackTrace = (error: Error) => 'stack of ' + error.message; return new Error('mine').stack; }
export async function afterwards() { return [new Error('other').stack!.split('\\n')[0], (new Error('again').stack as any).includes('workflows.ts')]; }
export async function attacks() {
  const outcomes: string[] = [];
  for (const attack of [
    () => Object.defineProperty(Error, 'prepareStackTrace', { value: sites }),
    () => { if (!Reflect.deleteProperty(Error, 'prepareStackTrace')) throw new TypeError(); },
    () => { (E.prepareStackTrace as any).leak = 1; },
    () => { const [site]: any = stackWith(sites, () => new Error()); Object.getPrototypeOf(site).getFileName.leak = 1; },
    () => { const [site]: any = stackWith(sites, () => new Error()); site.constructor.leak = 1; },
  ]) try { attack(); outcomes.push('done'); } catch (error) { outcomes.push((error as Error).constructor.name); }
  return outcomes;
}
export async function odd() {
  const lines: unknown[] = [];
  for (const fields of [{ name: '', message: 'only text' }, { name: 'OnlyName', message: '' }, { name: undefined, message: undefined }, { message: Symbol('s') }]) {
    const holder: { stack?: string } = { ...fields } as object;
    Error.captureStackTrace(holder);
    lines.push(holder.stack!.split('\\n')[0]);
  }
  const assigned: { stack?: string } = {};
  Error.captureStackTrace(assigned);
  assigned.stack = 'assigned';
  return [lines, assigned.stack, Object.keys(assigned)];
}
export async function native() {
  let stack = '';
  await Promise.resolve('{').then(JSON.parse).catch((error) => { stack = error.stack; });
  return stack;
}
`;
const project = new TemporaryProject({ 'workflows.ts': source });
const line = source.slice(0, source.indexOf('() => new Error());')).split('\n').length;

test('a formatter of workflow code gets call sites that point at the sources', async () => {
  const driver = await project.open();
  expect((await driver.start('places')).result).toEqual([
    project.path('workflows.ts'),
    line,
    false,
    false,
    false,
    true,
  ]);
});

test('captureStackTrace leaves out what is above a function', async () => {
  const driver = await project.open();
  expect((await driver.start('captured')).result).toEqual([true, ['captured']]);
});

test('call sites belong to the realm of workflow code', async () => {
  const driver = await project.open();
  expect((await driver.start('belongings')).result).toEqual([true, true]);
});

test("a formatter is its run's own", async () => {
  const driver = await project.open();
  expect((await driver.start('keeps')).result).toBe('stack of mine');
  expect((await driver.start('afterwards')).result).toEqual(['Error: other', true]);
});

test('nothing that writes stacks can be changed', async () => {
  const driver = await project.open();
  expect((await driver.start('attacks')).result).toEqual(Array(5).fill('TypeError'));
});

test('the first line is made of the name and the message, if there are any', async () => {
  const driver = await project.open();
  expect((await driver.start('odd')).result).toEqual([
    ['only text', 'OnlyName', 'Error', 'Error: Symbol(s)'],
    'assigned',
    [],
  ]);
});

test('a stack without a frame of workflow code has none of the host', async () => {
  const driver = await project.open();
  expect((await driver.start('native')).result).toMatch(/^SyntaxError: [^\n]*$/);
});
