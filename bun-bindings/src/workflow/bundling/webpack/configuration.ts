import { disallowedModules } from '../module-rules.ts';
import { NormalModuleReplacementPlugin } from './plugin-classes.ts';

/** A configuration of webpack, as far as it is known to have that shape. */
export type WebpackConfiguration = Record<string, unknown>;

/** The properties of a bundle that its configuration names. */
export interface BundleInputs {
  /** The path of the entry module, which is not a file. */
  entry: string;
  ignoreModules: readonly string[];
  payloadConverterPath: string | undefined;
  failureConverterPath: string | undefined;
}

/** Makes the configuration that hooks get: the one that `@temporalio/worker` builds bundles with, without paths of its own. */
export function makeConfiguration(inputs: BundleInputs): WebpackConfiguration {
  const { entry, ignoreModules, payloadConverterPath, failureConverterPath } = inputs;
  return {
    resolve: {
      modules: ['node_modules'],
      extensions: ['.ts', '.js'],
      extensionAlias: { '.js': ['.ts', '.js'] },
      alias: {
        __temporal_custom_payload_converter$: payloadConverterPath ?? false,
        __temporal_custom_failure_converter$: failureConverterPath ?? false,
        ...Object.fromEntries([...ignoreModules, ...disallowedModules].map((name) => [name, false])),
      },
    },
    plugins: [
      new NormalModuleReplacementPlugin(
        /[\\/]interceptors-opentelemetry(?:-v2)?[\\/](?:src|lib)[\\/]workflow[\\/]workflow-imports\.[jt]s$/,
        './workflow-imports-impl.js',
      ),
    ],
    externals: async () => undefined,
    module: {
      parser: { javascript: { commonjsMagicComments: true } },
      rules: [
        { test: /\.js$/, enforce: 'pre', use: ['source-map-loader'] },
        {
          test: /\.ts$/,
          exclude: /node_modules/,
          use: {
            loader: 'swc-loader',
            options: { sourceMap: true, jsc: { target: 'es2017', parser: { syntax: 'typescript', decorators: true } } },
          },
        },
      ],
    },
    entry: [entry],
    mode: 'development',
    devtool: 'inline-source-map',
    output: {
      path: '/dist',
      filename: 'workflow-bundle-[fullhash].js',
      devtoolModuleFilenameTemplate: '[absolute-resource-path]',
      library: '__TEMPORAL__',
    },
    ignoreWarnings: [/Failed to parse source map/],
  };
}
