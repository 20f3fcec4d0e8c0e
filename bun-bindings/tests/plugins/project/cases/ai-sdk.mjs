import { AiSdkPlugin } from '@temporalio/ai-sdk';
import { MockLanguageModelV4, MockProviderV4 } from 'ai/test';
import { runMain } from '../with-worker.mjs';

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};

/** A model that first asks for a tool, and then says what the tool has told. */
const fake = new MockLanguageModelV4({
  doGenerate: async ({ prompt }) => {
    const { role, content } = prompt.at(-1);
    return role === 'tool'
      ? {
          content: [{ type: 'text', text: `The sky is ${content[0].output.value.sky}` }],
          finishReason: { unified: 'stop', raw: 'stop' },
          usage,
          warnings: [],
        }
      : {
          content: [{ type: 'tool-call', toolCallId: 'call', toolName: 'weather', input: '{"city":"Oslo"}' }],
          finishReason: { unified: 'tool-calls', raw: 'tool-calls' },
          usage,
          warnings: [],
        };
  },
});

export function run(address) {
  const plugins = [new AiSdkPlugin({ modelProvider: new MockProviderV4({ languageModels: { fake } }) })];
  return runMain(address, 'ai-sdk.js', { plugins, args: ['Oslo'] });
}
