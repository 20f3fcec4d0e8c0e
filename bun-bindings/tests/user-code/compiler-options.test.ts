import { describe, expect, test } from 'bun:test';
import { cleanUpProjects, TemporaryProject } from '../support/temporary-project.ts';

cleanUpProjects();

const decorated = {
  'workflows.ts': `
    import { double } from '@lib/double';
    const seen: string[] = [];
    function Seen(_target: object, key: string) { seen.push(String(key)); }
    class Order { @Seen id!: string }
    export async function main() { return [double(2), seen, Object.keys(new Order())]; }`,
  'src/lib/double.ts': `export const double = (n: number) => 2 * n;`,
};
const paths = { '@lib/*': ['./src/lib/*'] };

describe('a tsconfig is read with all that it extends:', () => {
  test.each<[string, Record<string, string | object>]>([
    [
      'a file',
      {
        'tsconfig.json': { extends: './base.json', compilerOptions: { paths } },
        'base.json': { compilerOptions: { experimentalDecorators: true } },
      },
    ],
    [
      'a package',
      {
        'tsconfig.json': { extends: '@company/tsconfig/base.json', compilerOptions: { paths } },
        'node_modules/@company/tsconfig/base.json': { compilerOptions: { experimentalDecorators: true } },
        'node_modules/@company/tsconfig/package.json': { name: '@company/tsconfig' },
      },
    ],
    [
      'a list, with comments in the files',
      {
        'tsconfig.json': `{ "extends": ["./one.json", "./two.json"], /* and */ }`,
        'one.json': `// first\n{ "compilerOptions": { "experimentalDecorators": true, } }`,
        'two.json': { compilerOptions: { paths } },
      },
    ],
  ])('%s', async (_, files) => {
    expect(await new TemporaryProject({ ...decorated, ...files }).run()).toEqual([4, ['id'], []]);
  });
});

describe('class fields', () => {
  const classes = {
    'point.ts': `export class Point { twice = this.x * 2; constructor(private x: number) {} }`,
    'workflows.ts': `
      import { Point } from './point';
      class Base { constructor() { this.init(); } init() {} }
      class Sub extends Base { a!: string; b?: number; init() { this.a = 'set'; } }
      class Accessors { set value(_: number) { (this as any).seen = true; } }
      class Overrides extends Accessors { value = 1; }
      class Private { #p = 1; static #s = 2; static block = 0; static { Private.block = Private.#s; } has(o: any) { return #p in o; } }
      abstract class Abstract { abstract q: number; declare z: string; }
      class Concrete extends Abstract { q = 1; }
      export async function main() {
        const sub: any = new Sub();
        const p = new Private();
        return { assigned: sub.a ?? null, keys: Object.keys(sub), twice: new Point(2).twice, setter: (new Overrides() as any).seen ?? false,
          hasPrivate: [p.has(p), p.has({}), Private.block], concrete: Object.keys(new Concrete()) };
      }`,
  };
  const common = { twice: 4, hasPrivate: [true, false, 2], concrete: ['q'] };
  /** A field that is only declared does not exist, and an accessor of the class above is called. */
  const assigned = { ...common, assigned: 'set', keys: ['a'], setter: true };
  const defined = { ...common, assigned: null, keys: ['a', 'b'], setter: false };

  test.each<[string, object | undefined, object]>([
    ['are assigned for a target before ES2022', { target: 'ES2021' }, assigned],
    ['are defined for ES2022', { target: 'ES2022' }, defined],
    ['are defined for ESNext', { target: 'esnext' }, defined],
    [
      'are assigned where useDefineForClassFields is false',
      { target: 'ESNext', useDefineForClassFields: false },
      assigned,
    ],
    [
      'are defined where useDefineForClassFields is true',
      { target: 'ES2017', useDefineForClassFields: true },
      { ...defined, twice: null },
    ],
    ['are defined without a tsconfig', undefined, defined],
  ])('%s', async (_, compilerOptions, right) => {
    const project = new TemporaryProject(classes);
    if (compilerOptions !== undefined) project.write({ 'tsconfig.json': { compilerOptions } });
    expect(await project.run()).toEqual(right);
  });
});
