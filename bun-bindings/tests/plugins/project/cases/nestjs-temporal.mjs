import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { NativeConnection } from '@temporalio/worker';
import { Activities, Activity, TemporalModule } from 'nestjs-temporal';
import { workflowsPathOf } from '../with-worker.mjs';

class Suffix {
  text = '!';
}
Injectable()(Suffix);

class Greeter {
  constructor(suffix) {
    this.suffix = suffix;
  }
  async greeting(name) {
    return `Hello, ${name}${this.suffix.text}`;
  }
}
Injectable()(Greeter);
Activities()(Greeter);
Activity()(Greeter.prototype, 'greeting', Object.getOwnPropertyDescriptor(Greeter.prototype, 'greeting'));
Reflect.defineMetadata('design:paramtypes', [Suffix], Greeter);

export async function run(address) {
  const taskQueue = crypto.randomUUID();
  const connection = await NativeConnection.connect({ address });
  class App {}
  Module({
    imports: [
      TemporalModule.registerWorker({
        workerOptions: { connection, taskQueue, workflowsPath: workflowsPathOf('greeting.js') },
      }),
      TemporalModule.registerClient({ connection: { address } }),
    ],
    providers: [Suffix, Greeter],
  })(App);
  const app = await NestFactory.createApplicationContext(App, { logger: ['error'] });
  await app.init();
  const client = app.get('TemporalQueue_default', { strict: false });
  const result = await client.execute('main', { taskQueue, workflowId: taskQueue, args: ['user'] });
  await app.close();
  return result;
}
