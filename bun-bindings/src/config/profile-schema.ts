import { z } from 'zod';

const address = z.string().regex(/^(\[[^\]]+\]|[^:\s]+)(:\d{1,5})?$/, 'must be host:port');
const source = z.union([z.object({ path: z.string() }), z.object({ data: z.union([z.string(), z.instanceof(Uint8Array)]) })]);

/** A profile, as environment and file make it together. */
export const profileSchema = z.object({
  address: address.optional(),
  namespace: z.string().min(1, 'must not be empty').optional(),
  apiKey: z.string().optional(),
  tls: z
    .object({
      disabled: z.boolean().optional(),
      serverName: z.string().optional(),
      clientCert: source.optional(),
      clientKey: source.optional(),
      serverCACert: source.optional(),
    })
    .refine((tls) => (tls.clientCert === undefined) === (tls.clientKey === undefined), {
      error: 'client_cert and client_key belong together',
    })
    .optional(),
  grpcMeta: z.record(z.string(), z.string()).optional(),
});
