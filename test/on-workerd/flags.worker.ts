/** Tells what the runtime was told by wrangler.toml. */

export * from '../../workers/index.ts';

export default { fetch: () => Response.json(Cloudflare.compatibilityFlags) };
