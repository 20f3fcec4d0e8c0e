import { Model } from '@strands-agents/sdk';
import { StrandsPlugin } from '@temporalio/strands-agents';
import { runMain } from '../with-worker.mjs';

/** A model that first asks for a tool, and then says what the tool has told. */
class FakeModel extends Model {
  updateConfig() {}
  getConfig() {
    return { modelId: 'fake' };
  }
  async *stream(messages) {
    const [block] = messages.at(-1).content;
    yield { type: 'modelMessageStartEvent', role: 'assistant' };
    if (block.type === 'toolResultBlock') {
      const [{ text, json }] = block.content;
      yield { type: 'modelContentBlockStartEvent' };
      yield {
        type: 'modelContentBlockDeltaEvent',
        delta: { type: 'textDelta', text: `The sky is ${text ?? JSON.stringify(json)}` },
      };
      yield { type: 'modelContentBlockStopEvent' };
      yield { type: 'modelMessageStopEvent', stopReason: 'endTurn' };
    } else {
      yield {
        type: 'modelContentBlockStartEvent',
        start: { type: 'toolUseStart', name: 'weather', toolUseId: 'call' },
      };
      yield {
        type: 'modelContentBlockDeltaEvent',
        delta: { type: 'toolUseInputDelta', input: '{"city":"Oslo"}' },
      };
      yield { type: 'modelContentBlockStopEvent' };
      yield { type: 'modelMessageStopEvent', stopReason: 'toolUse' };
    }
  }
}

export function run(address) {
  const plugins = [new StrandsPlugin({ models: { fake: () => new FakeModel() } })];
  const activities = { weather: async ({ city }) => `blue in ${city}` };
  return runMain(address, 'strands-agents.js', { plugins, activities, args: ['Oslo'] });
}
