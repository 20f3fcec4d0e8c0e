import { setTraceProcessors, Usage } from '@openai/agents-core';
import { OpenAIAgentsPlugin } from '@temporalio/openai-agents';
import { runMain } from '../with-worker.mjs';

/** A model that first asks for a tool, and then says what the tool has told. */
const model = {
  async getResponse({ input }) {
    const result = input.find(({ type }) => type === 'function_call_result');
    const output = result
      ? {
          type: 'message',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: `The sky is ${result.output.text ?? result.output}` }],
        }
      : { type: 'function_call', callId: 'call', name: 'weather', status: 'completed', arguments: '{"city":"Oslo"}' };
    return { usage: new Usage(), output: [output], responseId: 'response' };
  },
};

export async function run(address) {
  const spans = new Map();
  const ignore = async () => {};
  setTraceProcessors([
    {
      onTraceStart: ignore,
      onTraceEnd: ignore,
      onSpanStart: ignore,
      onSpanEnd: async (span) => void spans.set(span.spanId, span),
      shutdown: ignore,
      forceFlush: ignore,
    },
  ]);
  const modelProvider = { getModel: () => model };
  const plugins = [new OpenAIAgentsPlugin({ modelProvider, modelParams: { startToCloseTimeout: '10s' } })];
  // Webpack makes chunks of dynamic imports, which a workflow on Node could not load.
  const webpackConfigHook = (config) => ({
    ...config,
    output: { ...config.output, asyncChunks: false, publicPath: '' },
  });
  const options = { plugins, bundlerOptions: { webpackConfigHook }, args: ['Oslo'] };
  const result = await runMain(address, 'openai-agents.js', options);
  const typeOf = (id) => spans.get(id)?.spanData.type ?? null;
  return {
    ...result,
    spans: [...spans.values()].map(({ parentId, spanData }) => `${typeOf(parentId)} > ${spanData.type}`).sort(),
  };
}
