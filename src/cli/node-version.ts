/** What to do about a Node that is too old for Skein; `undefined` for one that is not. */
export function nodeProblem(version: string): string | undefined {
  const major = Number(version.split('.')[0]);
  if (major >= nodeMajorMin) return undefined;
  return `Skein needs Node ${nodeMajorMin} or newer, and this is Node ${version}. Install a newer one.`;
}

const nodeMajorMin = 22;
