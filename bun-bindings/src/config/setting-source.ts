/** Keys of a profile whose value is the path of a file or its contents. */
export const PEM_KEYS = ['clientCert', 'clientKey', 'serverCACert'] as const;

/** Pairs of settings that must be set together. */
const PAIRED: Record<string, string> = { clientCert: 'clientKey', clientKey: 'clientCert' };

/**
 * Returns the source of a profile's setting: the name of the variable that sets it, or its path in the TOML file.
 * `keys` is the path of the setting in the profile, such as `['tls', 'serverName']`.
 */
export function settingSource(keys: string[], profileName: string, env: Record<string, string | undefined>): string {
  const [last = ''] = keys.slice(-1);
  const suffixes = PEM_KEYS.some((key) => key === last) ? ['_path', '_data'] : [''];
  const variables = (path: string[]) =>
    suffixes.map((suffix) => `TEMPORAL_${path.map(snakeCase).join('_')}${suffix}`.toUpperCase());
  const isSet = (variable: string) => env[variable] !== undefined;

  const own = variables(keys);
  const variable = own.find(isSet);
  if (variable !== undefined) return variable;
  const partner = PAIRED[last];
  if (partner !== undefined && variables([...keys.slice(0, -1), partner]).some(isSet)) return own[0] as string;
  return ['profile', profileName, ...keys.map(snakeCase)].join('.') + suffixes[0];
}

/** `serverCACert` is `server_ca_cert` in a file. */
function snakeCase(key: string): string {
  return key.replace(/[A-Z]+(?![a-z])|[A-Z]/g, (capitals) => `_${capitals.toLowerCase()}`);
}
