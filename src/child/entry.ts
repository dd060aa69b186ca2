/**
 * Finds a child's entry module: beside the caller while running from source, beside the bundle when built
 * (`scripts/build.ts` writes `dist/<name>.js`).
 */
export function childEntry(
  callerUrl: string,
  { source, built }: { readonly source: string; readonly built: string },
): URL {
  return new URL(callerUrl.endsWith('.ts') ? source : built, callerUrl);
}
