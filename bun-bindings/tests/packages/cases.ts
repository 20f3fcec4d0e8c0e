/** A popular package, with a typical call of it. */
export interface PackageCase {
  /** As in package.json. */
  name: string;
  /** Import statements as users write them. */
  imports: string;
  /** An expression whose value can be written as JSON, and is the same each time. */
  call: string;
  /** An expression whose value is random or tells the time: a workflow has the same again when it is replayed. */
  random?: string;
  /** Built-in modules that it imports and does not need for this call. */
  ignoreModules?: string[];
  /** Set if it needs `reuseV8Context: false`, with the reason. */
  ownContext?: string;
  /** Set if it does not run in workflows: a part of the error's message, and the reason for users. */
  fails?: { message: string; reason: string };
}

/** The packages by what they are for. */
export const groups: Record<string, PackageCase[]> = {
  utilities: [
    {
      name: 'lodash',
      imports: "import _ from 'lodash';",
      call: "[_.chunk([1, 2, 3], 2), _.camelCase('a b'), _.merge({ a: { b: 1 } }, { a: { c: 2 } })]",
      random: '_.random(1, 1e9)',
    },
    {
      name: 'lodash-es',
      imports: "import { groupBy, debounce } from 'lodash-es';",
      call: '[groupBy([1, 2, 3], (n) => n % 2), typeof debounce]',
    },
    { name: 'lodash.merge', imports: "import merge from 'lodash.merge';", call: '[merge({ a: [1] }, { a: [2, 3] })]' },
    { name: 'underscore', imports: "import _ from 'underscore';", call: "_.sortBy([{ n: 2 }, { n: 1 }], 'n')" },
    { name: 'ramda', imports: "import * as R from 'ramda';", call: 'R.pipe(R.map(R.add(1)), R.sum)([1, 2])' },
    {
      name: 'radash',
      imports: "import { group, pick } from 'radash';",
      call: "[group([1, 2], (n) => (n > 1 ? 'b' : 'a')), pick({ a: 1, b: 2 }, ['a'])]",
    },
    {
      name: 'remeda',
      imports: "import * as R from 'remeda';",
      call: 'R.pipe([3, 1], R.map((n: number) => n * 2), R.first())',
    },
    {
      name: 'es-toolkit',
      imports: "import { chunk, uniq } from 'es-toolkit';",
      call: '[chunk([1, 2, 3], 2), uniq([1, 1])]',
    },
    {
      name: 'deepmerge',
      imports: "import deepmerge from 'deepmerge';",
      call: 'deepmerge({ a: { b: 1 } }, { a: { c: 2 } })',
    },
    { name: 'fast-deep-equal', imports: "import equal from 'fast-deep-equal';", call: 'equal({ a: [1] }, { a: [1] })' },
    {
      name: 'dequal',
      imports: "import { dequal } from 'dequal';",
      call: 'dequal(new Map([[1, 2]]), new Map([[1, 2]]))',
    },
    { name: 'rfdc', imports: "import rfdc from 'rfdc';", call: 'rfdc()({ a: { b: 1 } })' },
    { name: 'klona', imports: "import { klona } from 'klona';", call: 'klona({ a: [1] })' },
    {
      name: 'immer',
      imports: "import { produce } from 'immer';",
      call: 'produce({ a: [1] }, (draft) => { draft.a.push(2); })',
    },
    {
      name: 'immutable',
      imports: "import { Map as IMap, List } from 'immutable';",
      call: "[IMap({ a: 1 }).set('b', 2).toJS(), List([1, 2]).reverse().toJS()]",
    },
    {
      name: 'dot-prop',
      imports: "import { getProperty } from 'dot-prop';",
      call: "getProperty({ a: { b: 1 } }, 'a.b')",
    },
    { name: 'flat', imports: "import { flatten } from 'flat';", call: 'flatten({ a: { b: 1 } })' },
    {
      name: 'tslib',
      imports: "import * as tslib from 'tslib';",
      call: '[...tslib.__spread([1], [2]), tslib.__rest({ a: 1, b: 2 }, ["a"])]',
    },
    {
      name: 'tiny-invariant',
      imports: "import invariant from 'tiny-invariant';",
      call: "(() => { try { invariant(false, 'no'); } catch (error) { return (error as Error).message; } })()",
    },
    { name: 'object-hash', imports: "import hash from 'object-hash';", call: 'hash({ a: 1 })' },
    {
      name: 'inherits',
      imports: "import inherits from 'inherits';",
      call: '(() => { function A() {} function B() {} inherits(B, A); return new (B as any)() instanceof (A as any); })()',
    },
    { name: 'mime-types', imports: "import mime from 'mime-types';", call: "mime.lookup('json')" },
    { name: 'debug', imports: "import debug from 'debug';", call: "debug('app').namespace" },
  ],
  async: [
    {
      name: 'p-limit',
      imports: "import pLimit from 'p-limit';",
      call: 'await Promise.all([1, 2].map((n) => pLimit(1)(async () => n)))',
    },
    {
      name: 'p-queue',
      imports: "import PQueue from 'p-queue';",
      call: 'await new PQueue({ concurrency: 1 }).addAll([async () => 1, async () => 2])',
    },
    {
      name: 'p-retry',
      imports: "import pRetry from 'p-retry';",
      call: "await pRetry(async (n) => { if (n < 2) throw new Error('again'); return n; }, { minTimeout: 1 })",
    },
    { name: 'p-map', imports: "import pMap from 'p-map';", call: 'await pMap([1, 2], async (n) => n * 2)' },
    {
      name: 'async',
      imports: "import async from 'async';",
      call: 'await async.mapSeries([1, 2], async (n: number) => n + 1)',
    },
    { name: 'bluebird', imports: "import Bluebird from 'bluebird';", call: 'await Bluebird.map([1, 2], (n) => n + 1)' },
    {
      name: 'rxjs',
      imports: "import { from, lastValueFrom, map, timer, toArray } from 'rxjs';",
      call: '[await lastValueFrom(from([1, 2]).pipe(map((n) => n * 2), toArray())), await lastValueFrom(timer(5))]',
    },
    {
      name: 'dataloader',
      imports: "import DataLoader from 'dataloader';",
      call: 'await new DataLoader(async (keys: readonly number[]) => keys.map((key) => key * 2)).load(2)',
    },
  ],
  text: [
    { name: 'camelcase', imports: "import camelCase from 'camelcase';", call: "camelCase('foo-bar')" },
    { name: 'change-case', imports: "import { snakeCase } from 'change-case';", call: "snakeCase('fooBar')" },
    { name: 'slugify', imports: "import slugify from 'slugify';", call: "slugify('Some String')" },
    { name: 'pluralize', imports: "import pluralize from 'pluralize';", call: "pluralize('box', 2)" },
    { name: 'escape-string-regexp', imports: "import escape from 'escape-string-regexp';", call: "escape('a.b')" },
    { name: 'string-width', imports: "import stringWidth from 'string-width';", call: "stringWidth('古')" },
    { name: 'strip-ansi', imports: "import stripAnsi from 'strip-ansi';", call: "stripAnsi('\\u001B[4mx\\u001B[0m')" },
    { name: 'he', imports: "import { decode } from 'he';", call: "decode('&lt;')" },
    { name: 'html-entities', imports: "import { encode } from 'html-entities';", call: "encode('<')" },
    {
      name: 'sanitize-html',
      imports: "import sanitizeHtml from 'sanitize-html';",
      call: "sanitizeHtml('<script>x</script><b onclick=1>y</b>')",
    },
    { name: 'ms', imports: "import ms from 'ms';", call: "ms('2 days')" },
    { name: 'bytes', imports: "import bytes from 'bytes';", call: "bytes('1KB')" },
    { name: 'pretty-bytes', imports: "import prettyBytes from 'pretty-bytes';", call: 'prettyBytes(1337)' },
    { name: 'pretty-ms', imports: "import prettyMs from 'pretty-ms';", call: 'prettyMs(133_700)' },
    { name: 'humanize-duration', imports: "import humanize from 'humanize-duration';", call: 'humanize(3000)' },
    {
      name: 'mustache',
      imports: "import Mustache from 'mustache';",
      call: "Mustache.render('Hi {{name}}', { name: 'Ann' })",
    },
    {
      name: 'handlebars',
      imports: "import Handlebars from 'handlebars';",
      call: "Handlebars.compile('Hi {{name}}')({ name: 'Ann' })",
    },
    { name: 'ejs', imports: "import ejs from 'ejs';", call: "ejs.render('<%= 1 + 1 %>')" },
    {
      name: 'eta',
      imports: "import { Eta } from 'eta';",
      call: "new Eta().renderString('<%= it.a %>', { a: 1 })",
      ignoreModules: ['fs'],
    },
    { name: 'marked', imports: "import { marked } from 'marked';", call: "marked.parse('*x*')" },
    { name: 'markdown-it', imports: "import MarkdownIt from 'markdown-it';", call: "new MarkdownIt().render('*x*')" },
    {
      name: 'i18next',
      imports: "import i18next from 'i18next';",
      call: "await (async () => { const i = i18next.createInstance(); await i.init({ lng: 'en', showSupportNotice: false, resources: { en: { translation: { hi: 'Hi {{name}}' } } } }); return i.t('hi', { name: 'Ann' }); })()",
    },
    {
      name: 'intl-messageformat',
      imports: "import { IntlMessageFormat } from 'intl-messageformat';",
      call: "new IntlMessageFormat('{n, plural, one {# item} other {# items}}', 'en').format({ n: 2 })",
    },
    { name: 'diff', imports: "import { diffChars } from 'diff';", call: "diffChars('ab', 'ac').length" },
    {
      name: 'xregexp',
      imports: "import XRegExp from 'xregexp';",
      call: "XRegExp.exec('2024-05', XRegExp('(?<year>\\\\d{4})'))?.groups?.year",
    },
  ],
  dates: [
    {
      name: 'date-fns',
      imports: "import { addDays, format } from 'date-fns';",
      call: "format(addDays(new Date(2024, 0, 30), 3), 'yyyy-MM-dd')",
    },
    {
      name: 'date-fns-tz',
      imports: "import { formatInTimeZone } from 'date-fns-tz';",
      call: "formatInTimeZone(new Date(0), 'Europe/Berlin', 'yyyy-MM-dd HH:mm')",
    },
    {
      name: 'dayjs',
      imports: "import dayjs from 'dayjs';",
      call: "dayjs('2024-01-30').add(1, 'day').format('YYYY-MM-DD')",
      random: 'dayjs().valueOf()',
    },
    {
      name: 'luxon',
      imports: "import { DateTime } from 'luxon';",
      call: "DateTime.fromISO('2024-01-30', { zone: 'utc' }).plus({ days: 1 }).toISO()",
      random: 'DateTime.now().toMillis()',
    },
    {
      name: 'moment',
      imports: "import moment from 'moment';",
      call: "moment.utc('2024-01-30').add(1, 'day').format('YYYY-MM-DD')",
      random: 'moment().valueOf()',
    },
    {
      name: 'moment-timezone',
      imports: "import moment from 'moment-timezone';",
      call: "moment.tz('2024-01-30 12:00', 'Europe/Berlin').utc().format()",
    },
    {
      name: '@js-temporal/polyfill',
      imports: "import { Temporal } from '@js-temporal/polyfill';",
      call: "Temporal.PlainDate.from('2024-01-30').add({ days: 3 }).toString()",
    },
    {
      name: 'cron-parser',
      imports: "import { CronExpressionParser } from 'cron-parser';",
      call: "CronExpressionParser.parse('0 0 * * *', { currentDate: '2024-01-01T00:00:00Z', tz: 'UTC' }).next().toISOString()",
    },
    {
      name: 'croner',
      imports: "import { Cron } from 'croner';",
      call: "new Cron('0 0 * * *', { timezone: 'UTC', paused: true }).nextRun(new Date('2024-01-01T00:00:01Z'))?.toISOString()",
    },
    {
      name: 'rrule',
      imports: "import { RRule } from 'rrule';",
      call: 'new RRule({ freq: RRule.WEEKLY, count: 2, dtstart: new Date(Date.UTC(2024, 0, 1)) }).all().map((date) => date.toISOString())',
    },
    {
      name: 'chrono-node',
      imports: "import * as chrono from 'chrono-node';",
      call: "chrono.parseDate('12 January 2024')?.getDate()",
    },
    {
      name: 'iso8601-duration',
      imports: "import { parse, toSeconds } from 'iso8601-duration';",
      call: "toSeconds(parse('PT1H'))",
    },
  ],
  validation: [
    {
      name: 'zod',
      imports: "import { z } from 'zod';",
      call: "[z.object({ n: z.number().default(2) }).parse({}), z.string().email().safeParse('x').success]",
    },
    {
      name: 'yup',
      imports: "import * as yup from 'yup';",
      call: "yup.object({ n: yup.number().required() }).validateSync({ n: '3' })",
    },
    {
      name: 'joi',
      imports: "import Joi from 'joi';",
      call: "Joi.object({ n: Joi.number() }).validate({ n: '3' }).value",
    },
    {
      name: 'ajv',
      imports: "import { Ajv } from 'ajv';",
      call: "new Ajv().validate({ type: 'object', required: ['n'] }, { n: 1 })",
    },
    {
      name: 'valibot',
      imports: "import * as v from 'valibot';",
      call: 'v.parse(v.object({ n: v.number() }), { n: 1 })',
    },
    {
      name: 'superstruct',
      imports: "import { create, number, object } from 'superstruct';",
      call: 'create({ n: 1 }, object({ n: number() }))',
    },
    { name: 'io-ts', imports: "import * as t from 'io-ts';", call: 't.type({ n: t.number }).decode({ n: 1 })._tag' },
    {
      name: 'runtypes',
      imports: "import * as rt from 'runtypes';",
      call: 'rt.Object({ n: rt.Number }).check({ n: 1 })',
    },
    {
      name: 'class-validator',
      imports:
        "import 'reflect-metadata';\nimport { IsInt, validate } from 'class-validator';\nclass Order { @IsInt() n: unknown; constructor(n: unknown) { this.n = n; } }",
      call: "(await validate(new Order('x'))).map(({ property }) => property)",
    },
    {
      name: 'class-transformer',
      imports:
        "import 'reflect-metadata';\nimport { plainToInstance } from 'class-transformer';\nclass Order { n = 0; twice() { return this.n * 2; } }",
      call: 'plainToInstance(Order, { n: 2 }).twice()',
    },
    {
      name: 'validator',
      imports: "import validator from 'validator';",
      call: "[validator.isEmail('a@b.co'), validator.isUUID('x')]",
    },
    {
      name: '@sinclair/typebox',
      imports: "import { Type } from '@sinclair/typebox';\nimport { Value } from '@sinclair/typebox/value';",
      call: 'Value.Check(Type.Object({ n: Type.Number() }), { n: 1 })',
    },
    {
      name: 'arktype',
      imports: "import { type } from 'arktype';",
      call: "type({ n: 'number' })({ n: 1 })",
      fails: { message: 'Blob is not defined', reason: 'It names classes of `fetch` when it is evaluated.' },
    },
    {
      name: 'jsonschema',
      imports: "import { validate } from 'jsonschema';",
      call: "validate(4, { type: 'number' }).valid",
    },
    {
      name: 'libphonenumber-js',
      imports: "import { parsePhoneNumber } from 'libphonenumber-js';",
      call: "parsePhoneNumber('+12133734253').country",
    },
  ],
  functional: [
    {
      name: 'fp-ts',
      imports: "import { pipe } from 'fp-ts/function';\nimport * as O from 'fp-ts/Option';",
      call: 'pipe(O.some(1), O.map((n) => n + 1))',
    },
    {
      name: 'effect',
      imports: "import { Effect } from 'effect';",
      call: 'Effect.runSync(Effect.map(Effect.succeed(1), (n) => n + 1))',
    },
    { name: 'neverthrow', imports: "import { ok } from 'neverthrow';", call: 'ok(1).map((n) => n + 1).unwrapOr(0)' },
    {
      name: 'ts-pattern',
      imports: "import { match, P } from 'ts-pattern';",
      call: "match({ kind: 'a', n: 2 }).with({ kind: 'a', n: P.number }, ({ n }) => n).otherwise(() => 0)",
    },
    { name: 'purify-ts', imports: "import { Just } from 'purify-ts';", call: 'Just(1).map((n) => n + 1).extract()' },
  ],
  'state machines': [
    {
      name: 'xstate',
      imports: "import { createActor, createMachine } from 'xstate';",
      call: "(() => { const actor = createActor(createMachine({ initial: 'a', states: { a: { on: { GO: 'b' } }, b: {} } })).start(); actor.send({ type: 'GO' }); return actor.getSnapshot().value; })()",
    },
    {
      name: 'javascript-state-machine',
      imports: "import StateMachine from 'javascript-state-machine';",
      call: "(() => { const machine = new StateMachine({ init: 'a', transitions: [{ name: 'go', from: 'a', to: 'b' }] }) as any; machine.go(); return machine.state; })()",
    },
    {
      name: 'robot3',
      imports: "import { createMachine, interpret, state, transition } from 'robot3';",
      call: "(() => { const service = interpret(createMachine({ a: state(transition('go', 'b')), b: state() }), () => {}); service.send('go'); return service.machine.current; })()",
    },
    {
      name: 'mobx',
      imports: "import { autorun, makeAutoObservable } from 'mobx';",
      call: '(() => { const store = makeAutoObservable({ n: 1, get twice() { return this.n * 2; } }); const seen: number[] = []; const stop = autorun(() => { seen.push(store.twice); }); stop(); return seen; })()',
    },
    {
      name: 'redux',
      imports: "import { legacy_createStore as createStore } from 'redux';",
      call: "(() => { const store = createStore((n: number = 0, action: { type: string }) => (action.type === 'add' ? n + 1 : n)); store.dispatch({ type: 'add' }); return store.getState(); })()",
    },
    {
      name: 'zustand',
      imports: "import { createStore } from 'zustand/vanilla';",
      call: '(() => { const store = createStore(() => ({ n: 1 })); store.setState({ n: 2 }); return store.getState().n; })()',
    },
    {
      name: 'nanostores',
      imports: "import { atom } from 'nanostores';",
      call: '(() => { const n = atom(1); n.set(2); return n.get(); })()',
    },
  ],
  collections: [
    {
      name: 'mnemonist',
      imports: "import { Heap } from 'mnemonist';",
      call: '(() => { const heap = new Heap<number>(); heap.push(2); heap.push(1); return heap.pop(); })()',
    },
    {
      name: 'lru-cache',
      imports: "import { LRUCache } from 'lru-cache';",
      call: "(() => { const cache = new LRUCache<string, number>({ max: 2 }); cache.set('a', 1); return cache.get('a'); })()",
    },
    {
      name: 'quick-lru',
      imports: "import QuickLRU from 'quick-lru';",
      call: "(() => { const cache = new QuickLRU<string, number>({ maxSize: 2 }); cache.set('a', 1); return cache.get('a'); })()",
    },
    { name: 'denque', imports: "import Denque from 'denque';", call: 'new Denque([1, 2]).pop()' },
    {
      name: 'heap-js',
      imports: "import { Heap } from 'heap-js';",
      call: '(() => { const heap = new Heap<number>(); heap.push(2, 1); return heap.pop(); })()',
    },
    { name: 'tinyqueue', imports: "import TinyQueue from 'tinyqueue';", call: 'new TinyQueue([3, 1]).pop()' },
    {
      name: 'graphology',
      imports: "import Graph from 'graphology';",
      call: "(() => { const graph = new Graph(); graph.addNode('a'); return graph.order; })()",
    },
    { name: 'toposort', imports: "import toposort from 'toposort';", call: "toposort([['a', 'b']])" },
  ],
  ids: [
    { name: 'nanoid', imports: "import { nanoid } from 'nanoid';", call: 'nanoid().length', random: 'nanoid()' },
    {
      name: 'uuid',
      imports: "import { v4, v5, v7, validate } from 'uuid';",
      call: "[validate(v4()), validate(v7()), v5('x', v5.URL)]",
      random: '[v4(), v7()]',
    },
    { name: 'ulid', imports: "import { ulid } from 'ulid';", call: 'ulid().length', random: 'ulid()' },
    {
      name: '@paralleldrive/cuid2',
      imports: "import { createId, isCuid } from '@paralleldrive/cuid2';",
      call: 'isCuid(createId())',
      random: 'createId()',
    },
    {
      name: 'short-uuid',
      imports: "import * as short from 'short-uuid';",
      call: 'short.generate().length',
      random: 'short.generate()',
    },
    { name: 'hashids', imports: "import Hashids from 'hashids';", call: "new Hashids('salt').encode(1, 2)" },
    {
      name: 'sqids',
      imports: "import Sqids from 'sqids';",
      call: 'new Sqids().encode([1, 2])',
      fails: { message: 'Blob is not defined', reason: 'It measures its alphabet by a `Blob`.' },
    },
  ],
  numbers: [
    {
      name: 'bignumber.js',
      imports: "import BigNumber from 'bignumber.js';",
      call: "new BigNumber('0.1').plus('0.2').toString()",
    },
    { name: 'big.js', imports: "import Big from 'big.js';", call: "new Big('0.1').plus('0.2').toString()" },
    {
      name: 'decimal.js',
      imports: "import { Decimal } from 'decimal.js';",
      call: "new Decimal('0.1').plus('0.2').toString()",
    },
    { name: 'bn.js', imports: "import BN from 'bn.js';", call: "new BN('10').mul(new BN('20')).toString()" },
    {
      name: 'mathjs',
      imports: "import { evaluate } from 'mathjs';",
      call: "evaluate('2 + 3 * 4')",
      random: "evaluate('random()')",
    },
    { name: 'currency.js', imports: "import currency from 'currency.js';", call: 'currency(1.5).add(2.25).value' },
    {
      name: 'dinero.js',
      imports:
        "import { add, dinero, toDecimal } from 'dinero.js';\nconst EUR = { code: 'EUR', base: 10, exponent: 2 };",
      call: 'toDecimal(add(dinero({ amount: 100, currency: EUR }), dinero({ amount: 50, currency: EUR })))',
    },
    { name: 'numeral', imports: "import numeral from 'numeral';", call: "numeral(1234.5).format('0,0.00')" },
    {
      name: 'fraction.js',
      imports: "import Fraction from 'fraction.js';",
      call: "new Fraction('1/3').add('1/6').toFraction()",
    },
    {
      name: 'seedrandom',
      imports: "import seedrandom from 'seedrandom';",
      call: "seedrandom('seed')()",
      random: 'seedrandom()()',
    },
    { name: 'simple-statistics', imports: "import { mean } from 'simple-statistics';", call: 'mean([1, 2, 3])' },
    { name: 'd3-array', imports: "import { extent } from 'd3-array';", call: 'extent([3, 1, 2])' },
  ],
  serialisation: [
    {
      name: 'fast-json-stable-stringify',
      imports: "import stringify from 'fast-json-stable-stringify';",
      call: 'stringify({ b: 1, a: 2 })',
    },
    {
      name: 'safe-stable-stringify',
      imports: "import stringify from 'safe-stable-stringify';",
      call: 'stringify({ b: 1, a: 2 })',
    },
    {
      name: 'superjson',
      imports: "import superjson from 'superjson';",
      call: 'superjson.stringify({ at: new Date(0) })',
    },
    { name: 'devalue', imports: "import { stringify } from 'devalue';", call: 'stringify({ at: new Date(0) })' },
    { name: 'json5', imports: "import JSON5 from 'json5';", call: "JSON5.parse('{ a: 1, }')" },
    { name: 'jsonc-parser', imports: "import { parse } from 'jsonc-parser';", call: 'parse(\'{ /* x */ "a": 1 }\')' },
    { name: 'yaml', imports: "import YAML from 'yaml';", call: "YAML.parse('a: [1, 2]')" },
    { name: 'js-yaml', imports: "import * as yaml from 'js-yaml';", call: "yaml.load('a: [1, 2]')" },
    { name: 'smol-toml', imports: "import { parse } from 'smol-toml';", call: "parse('a = 1')" },
    { name: 'ini', imports: "import ini from 'ini';", call: "ini.parse('a=1')" },
    {
      name: 'csv-parse',
      imports: "import { parse } from 'csv-parse/browser/esm/sync';",
      call: "parse('a,b\\n1,2', { columns: true })",
    },
    {
      name: 'papaparse',
      imports: "import Papa from 'papaparse';",
      call: "Papa.parse('a,b\\n1,2', { header: true }).data",
    },
    {
      name: 'fast-xml-parser',
      imports: "import { XMLParser } from 'fast-xml-parser';",
      call: "new XMLParser().parse('<a><b>1</b></a>')",
    },
    {
      name: 'xml2js',
      imports: "import { parseStringPromise } from 'xml2js';",
      call: 'await parseStringPromise(\'<a b="1"><c>x</c></a>\')',
    },
    {
      name: 'iconv-lite',
      imports: "import iconv from 'iconv-lite';",
      call: "iconv.decode(iconv.encode('é', 'latin1'), 'win1252')",
    },
    {
      name: 'htmlparser2',
      imports: "import { parseDocument } from 'htmlparser2';",
      call: "parseDocument('<p>x</p>').children.length",
    },
    {
      name: 'protobufjs',
      imports: "import protobuf from 'protobufjs';",
      call: "protobuf.parse('syntax = \"proto3\"; message M { string a = 1; }').root.lookupType('M').encode({ a: 'x' }).finish().length",
    },
    {
      name: '@bufbuild/protobuf',
      imports:
        "import { create, toBinary } from '@bufbuild/protobuf';\nimport { StringValueSchema } from '@bufbuild/protobuf/wkt';",
      call: "toBinary(StringValueSchema, create(StringValueSchema, { value: 'x' })).length",
    },
    {
      name: 'google-protobuf',
      imports: "import { StringValue } from 'google-protobuf/google/protobuf/wrappers_pb.js';",
      call: "(() => { const value = new StringValue(); value.setValue('x'); return value.serializeBinary().length; })()",
    },
    { name: 'msgpackr', imports: "import { pack, unpack } from 'msgpackr';", call: 'unpack(pack({ a: 1 }))' },
    {
      name: '@msgpack/msgpack',
      imports: "import { decode, encode } from '@msgpack/msgpack';",
      call: 'decode(encode({ a: 1 }))',
    },
    { name: 'cbor-x', imports: "import { decode, encode } from 'cbor-x';", call: 'decode(encode({ a: 1 }))' },
    {
      name: 'bson',
      imports: "import { deserialize, serialize } from 'bson';",
      call: 'deserialize(serialize({ a: 1 }))',
    },
    {
      name: 'base64-js',
      imports: "import { fromByteArray } from 'base64-js';",
      call: 'fromByteArray(new Uint8Array([1, 2, 3]))',
    },
    { name: 'js-base64', imports: "import { encode } from 'js-base64';", call: "encode('x')" },
    {
      name: 'pako',
      imports: "import { gzip, ungzip } from 'pako';",
      call: 'ungzip(gzip(new Uint8Array([1, 2, 3]))).length',
    },
    {
      name: 'fflate',
      imports: "import { strFromU8, strToU8, unzlibSync, zlibSync } from 'fflate';",
      call: "strFromU8(unzlibSync(zlibSync(strToU8('x'))))",
    },
    { name: 'lz-string', imports: "import lz from 'lz-string';", call: "lz.decompress(lz.compress('xx'))" },
    { name: 'qs', imports: "import qs from 'qs';", call: "qs.parse('a[b]=1')" },
    {
      name: 'query-string',
      imports: "import queryString from 'query-string';",
      call: 'queryString.stringify({ a: 1 })',
    },
    { name: 'url-parse', imports: "import Url from 'url-parse';", call: "new Url('https://a.b/c?d=1').pathname" },
    { name: 'uri-js', imports: "import * as URI from 'uri-js';", call: "URI.parse('https://a.b/c').host" },
    {
      name: 'path-to-regexp',
      imports: "import { match } from 'path-to-regexp';",
      call: "(match('/a/:id')('/a/1') as any).params.id",
    },
  ],
  cryptography: [
    {
      name: 'crypto-js',
      imports: "import CryptoJS from 'crypto-js';",
      call: "CryptoJS.SHA256('x').toString()",
      random: 'CryptoJS.lib.WordArray.random(8).toString()',
    },
    { name: 'js-sha256', imports: "import { sha256 } from 'js-sha256';", call: "sha256('x')" },
    { name: 'md5', imports: "import md5 from 'md5';", call: "md5('x')" },
    {
      name: '@noble/hashes',
      imports: "import { sha256 } from '@noble/hashes/sha2.js';\nimport { bytesToHex } from '@noble/hashes/utils.js';",
      call: 'bytesToHex(sha256(new Uint8Array([1])))',
    },
    {
      name: 'tweetnacl',
      imports: "import nacl from 'tweetnacl';",
      call: 'nacl.hash(new Uint8Array([1])).length',
      random: '[...nacl.randomBytes(8)]',
    },
    {
      name: 'jwt-decode',
      imports: "import { jwtDecode } from 'jwt-decode';",
      call: "jwtDecode('eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.')",
    },
    {
      name: 'bcryptjs',
      imports: "import bcrypt from 'bcryptjs';",
      call: "bcrypt.hashSync('x', '$2b$04$abcdefghijklmnopqrstuu').length",
      random: 'bcrypt.genSaltSync(4)',
    },
  ],
  'decorators and injection': [
    {
      name: 'reflect-metadata',
      imports: "import 'reflect-metadata';",
      call: "(() => { const target = {}; (Reflect as any).defineMetadata('k', 1, target); return (Reflect as any).getMetadata('k', target); })()",
    },
    {
      name: 'inversify',
      imports: "import 'reflect-metadata';\nimport { Container } from 'inversify';",
      call: "(() => { const container = new Container(); container.bind<number>('n').toConstantValue(1); return container.get<number>('n'); })()",
    },
    {
      name: 'tsyringe',
      imports: "import 'reflect-metadata';\nimport { container } from 'tsyringe';",
      call: "container.createChildContainer().register('n', { useValue: 1 }).resolve('n')",
    },
    {
      name: 'typedi',
      imports: "import 'reflect-metadata';\nimport { Container } from 'typedi';",
      call: "(() => { Container.set('n', 1); return Container.get('n'); })()",
    },
  ],
  parsing: [
    { name: 'semver', imports: "import semver from 'semver';", call: "semver.satisfies('1.2.3', '^1.0.0')" },
    {
      name: 'acorn',
      imports: "import * as acorn from 'acorn';",
      call: "acorn.parse('1 + 1', { ecmaVersion: 2022 }).type",
    },
    { name: 'nearley', imports: "import nearley from 'nearley';", call: 'typeof nearley.Parser' },
    {
      name: 'jsonpath-plus',
      imports: "import { JSONPath } from 'jsonpath-plus';",
      call: "JSONPath({ path: '$.a', json: { a: 1 } })",
    },
    { name: 'jmespath', imports: "import jmespath from 'jmespath';", call: "jmespath.search({ a: { b: 1 } }, 'a.b')" },
    {
      name: 'jsonpath',
      imports: "import jsonpath from 'jsonpath';",
      call: "jsonpath.query({ a: [{ b: 1 }] }, '$..b')",
    },
    {
      name: 'jsonata',
      imports: "import jsonata from 'jsonata';",
      call: "await jsonata('$sum(a)').evaluate({ a: [1, 2] })",
    },
    {
      name: 'json-logic-js',
      imports: "import jsonLogic from 'json-logic-js';",
      call: "jsonLogic.apply({ '==': [1, 1] })",
    },
    { name: 'expr-eval', imports: "import { Parser } from 'expr-eval';", call: "Parser.evaluate('2 * x', { x: 3 })" },
    { name: 'minimatch', imports: "import { minimatch } from 'minimatch';", call: "minimatch('a.js', '*.js')" },
    { name: 'picomatch', imports: "import picomatch from 'picomatch/posix';", call: "picomatch('*.js')('a.js')" },
    {
      name: 'fast-json-patch',
      imports: "import * as jsonpatch from 'fast-json-patch';",
      call: 'jsonpatch.compare({ a: 1 }, { a: 2 })',
    },
    { name: 'microdiff', imports: "import diff from 'microdiff';", call: 'diff({ a: 1 }, { a: 2 })' },
  ],
  'events and errors': [
    {
      name: 'eventemitter3',
      imports: "import { EventEmitter } from 'eventemitter3';",
      call: "(() => { const emitter = new EventEmitter(); let got = 0; emitter.on('x', (n) => { got = n; }); emitter.emit('x', 1); return got; })()",
    },
    {
      name: 'mitt',
      imports: "import mitt from 'mitt';",
      call: "(() => { const emitter = mitt(); let got: unknown; emitter.on('x', (n) => { got = n; }); emitter.emit('x', 1); return got; })()",
    },
    {
      name: 'events',
      imports: "import { EventEmitter } from 'events/';",
      call: "(() => { const emitter = new EventEmitter(); let got = 0; emitter.on('x', (n: number) => { got = n; }); emitter.emit('x', 1); return got; })()",
    },
    {
      name: 'ts-custom-error',
      imports: "import { CustomError } from 'ts-custom-error';\nclass OutOfStock extends CustomError {}",
      call: "new OutOfStock('x').name",
    },
    {
      name: 'serialize-error',
      imports: "import { serializeError } from 'serialize-error';",
      call: "serializeError(new RangeError('x')).name",
    },
    { name: 'http-errors', imports: "import createError from 'http-errors';", call: 'createError(404).message' },
    { name: '@hapi/boom', imports: "import Boom from '@hapi/boom';", call: "Boom.notFound('x').output.statusCode" },
  ],
  polyfills: [
    { name: 'core-js', imports: "import 'core-js/stable';", call: '[1, [2]].flat()' },
    {
      name: 'abort-controller',
      imports: "import AbortController, { AbortSignal } from 'abort-controller';",
      call: '[new AbortController().signal.aborted, new AbortController().signal instanceof AbortSignal]',
    },
    { name: 'core-js-pure', imports: "import flat from 'core-js-pure/stable/array/flat';", call: 'flat([1, [2]])' },
    {
      name: 'regenerator-runtime',
      imports: "import 'regenerator-runtime/runtime';",
      call: 'typeof (globalThis as any).regeneratorRuntime',
    },
    {
      name: 'sugar',
      imports: "import Sugar from 'sugar';",
      call: "Sugar.String.capitalize('ann')",
      ownContext: 'It adds properties to functions of the language.',
    },
    { name: 'buffer', imports: "import { Buffer } from 'buffer/';", call: "Buffer.from('x').toString('hex')" },
    { name: 'punycode', imports: "import punycode from 'punycode/';", call: "punycode.toASCII('mañana.com')" },
    {
      name: 'string_decoder',
      imports: "import { StringDecoder } from 'string_decoder/';",
      call: "new StringDecoder('utf8').write(new Uint8Array([120]) as never)",
    },
    { name: 'path-browserify', imports: "import path from 'path-browserify';", call: "path.join('a', '..', 'b')" },
    { name: 'util', imports: "import util from 'util/';", call: "util.format('%s', 1)" },
    { name: 'url', imports: "import url from 'url/';", call: "url.parse('https://a.b/c').pathname" },
    {
      name: 'assert',
      imports: "import assert from 'assert/';",
      call: '(() => { try { assert.deepEqual({ a: 1 }, { a: 2 }); } catch (error) { return (error as Error).name; } })()',
    },
  ],
  'packages that do input and output': [
    { name: 'axios', imports: "import axios from 'axios';", call: 'typeof axios.get' },
    {
      name: 'got',
      imports: "import got from 'got';",
      call: 'typeof got',
      fails: { message: 'disallowed modules', reason: 'It makes HTTP requests: do that in an activity.' },
    },
    {
      name: 'pg',
      imports: "import pg from 'pg';",
      call: 'typeof pg.Client',
      fails: { message: 'disallowed modules', reason: 'It talks to a database: do that in an activity.' },
    },
    {
      name: 'ioredis',
      imports: "import Redis from 'ioredis';",
      call: 'typeof Redis',
      fails: { message: 'disallowed modules', reason: 'It talks to a database: do that in an activity.' },
    },
    {
      name: 'fs-extra',
      imports: "import fs from 'fs-extra';",
      call: 'typeof fs.copy',
      fails: { message: 'disallowed modules', reason: 'It reads and writes files: do that in an activity.' },
    },
    {
      name: 'winston',
      imports: "import winston from 'winston';",
      call: 'typeof winston.createLogger',
      fails: {
        message: 'disallowed modules',
        reason: 'It writes files and sockets: use `log` of `@temporalio/workflow`.',
      },
    },
  ],
};
