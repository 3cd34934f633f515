/**
 * The page's single Trusted Types policy.
 *
 * The page runs under `require-trusted-types-for 'script'`, so a plain string is refused where a script
 * address is expected. Only addresses of our own origin pass; there is no policy for markup at all.
 */

interface ScriptUrlPolicy {
  createScriptURL(url: string): unknown;
}

interface TrustedTypesFactory {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): ScriptUrlPolicy;
}

let policy: ScriptUrlPolicy | undefined;

function ownOriginOnly(url: string): string {
  const absolute = new URL(url, location.href);
  if (absolute.origin !== location.origin) {
    throw new TypeError('only scripts of this origin are trusted');
  }
  return absolute.href;
}

/** The address of a worker script, in the form the `Worker` constructor accepts under the page's policy. */
export function trustedWorkerUrl(url: string): string {
  const factory = (globalThis as { trustedTypes?: TrustedTypesFactory }).trustedTypes;
  if (factory === undefined) {
    return ownOriginOnly(url);
  }
  policy ??= factory.createPolicy('sightline', { createScriptURL: ownOriginOnly });
  // The browser's TrustedScriptURL is passed where the DOM types say string.
  return policy.createScriptURL(url) as string;
}
