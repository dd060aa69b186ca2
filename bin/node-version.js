// Plain JavaScript that any Node with modules can parse: it has to say that it is too old.

/** The oldest Node that dli runs on. */
const requiredNode = '22.18.0';

/**
 * Tells, in one line for people, why `version` (such as "20.1.0") cannot run dli; undefined when it can.
 *
 * @param {string} version
 * @returns {string | undefined}
 */
export function unsupportedNode(version) {
  const have = version.split('.').map(Number);
  const need = requiredNode.split('.').map(Number);
  for (let part = 0; part < need.length; part += 1) {
    if (have[part] > need[part]) return undefined;
    if (have[part] < need[part]) return `dli needs Node.js ${requiredNode} or newer; this is Node.js ${version}`;
  }
  return undefined;
}
