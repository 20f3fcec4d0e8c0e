import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Activity, ActivityMethod, TemporalModule, TemporalService } from 'nestjs-temporal-core';
import { workflowsPathOf } from '../with-worker.mjs';

class Greeter {
  async greeting(name) {
    return `Hello, ${name}!`;
  }
}
Injectable()(Greeter);
Activity({ name: 'greeter' })(Greeter);
ActivityMethod('greeting')(
  Greeter.prototype,
  'greeting',
  Object.getOwnPropertyDescriptor(Greeter.prototype, 'greeting'),
);

export async function run(address) {
  const taskQueue = crypto.randomUUID();
  class App {}
  Module({
    imports: [
      TemporalModule.register({
        connection: { address, namespace: 'default' },
        taskQueue,
        worker: { workflowsPath: workflowsPathOf('greeting.js'), activityClasses: [Greeter], autoStart: true },
      }),
    ],
    providers: [Greeter],
  })(App);
  const app = await NestFactory.createApplicationContext(App, { logger: ['error'] });
  await app.init();
  const service = app.get(TemporalService, { strict: false });
  const { result } = await service.startWorkflow('main', ['user'], { taskQueue, workflowId: taskQueue });
  const value = await result.result();
  await app.close();
  return value;
}
